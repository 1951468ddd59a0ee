"""A simulated Linux, as far as memory dumps are concerned: what its kernel says in files, and its services.

The files read as those of a fresh installation do; releases of kernels are real names, sizes are rounded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.lab.guest_file import Files

Distribution = Literal["rhel9", "rhel7", "debian12", "sles15", "sles11"]

KERNEL = "/proc/sys/kernel"
CRASH_LOADED, CRASH_SIZE = "/sys/kernel/kexec_crash_loaded", "/sys/kernel/kexec_crash_size"
_AT_INSTALLATION = {
    "unknown_nmi_panic": "0",
    "panic_on_unrecovered_nmi": "0",
    "panic_on_io_nmi": "0",
    "panic": "0",
}
# What an NMI from a hypervisor looks at: to the kernel it is of unknown reason, not of I/O.
_PANICS = ("unknown_nmi_panic", "panic_on_unrecovered_nmi")


@dataclass(frozen=True)
class _System:
    """A distribution: its kernel, what that was started with, how much that sets aside, and its files."""

    release: str
    root: str
    crashkernel: str
    crash_mb: int
    unit: str | None
    identity: tuple[str, str]
    settings: tuple[str, str]


def _os_release(name: str, identity: str, version: str, like: str) -> tuple[str, str]:
    lines = f'NAME="{name}"\nVERSION_ID="{version}"\nID="{identity}"\nID_LIKE="{like}"\n'
    return "/etc/os-release", f'{lines}PRETTY_NAME="{name} {version}"\n'


_KDUMP_CONF = ("/etc/kdump.conf", "path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n")
_SUSE = ("/etc/sysconfig/kdump", 'KDUMP_SAVEDIR="/var/crash"\nKDUMP_DUMPLEVEL="31"\nKDUMP_DUMPFORMAT="lzo"\n')
_SYSTEMS: dict[Distribution, _System] = {
    "rhel9": _System(
        "5.14.0-427.13.1.el9_4.x86_64",
        "/dev/mapper/rhel-root / xfs",
        "1G-4G:192M,4G-64G:256M,64G-:512M",
        192,
        "kdump.service",
        _os_release("Red Hat Enterprise Linux", "rhel", "9.4", "fedora"),
        _KDUMP_CONF,
    ),
    "rhel7": _System(
        "3.10.0-1160.el7.x86_64",
        "/dev/mapper/rhel-root / xfs",
        "auto",
        161,
        "kdump.service",
        _os_release("Red Hat Enterprise Linux Server", "rhel", "7.9", "fedora"),
        _KDUMP_CONF,
    ),
    "debian12": _System(
        "6.1.0-18-amd64",
        "/dev/sda1 / ext4",
        "384M-:128M",
        128,
        "kdump-tools.service",
        _os_release("Debian GNU/Linux", "debian", "12", ""),
        ("/etc/default/kdump-tools", 'USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"\n'),
    ),
    "sles15": _System(
        "5.14.21-150500.53-default",
        "/dev/sda2 / btrfs",
        "204M,high crashkernel=72M,low",
        276,
        "kdump.service",
        _os_release("SLES", "sles", "15.5", "suse"),
        _SUSE,
    ),
    "sles11": _System(
        "3.0.101-63-default",
        "/dev/sda3 / ext3",
        "",
        0,
        None,
        ("/etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n"),
        _SUSE,
    ),
}


@dataclass
class Unit:
    """A service of systemd."""

    enabled: bool = True
    active: bool = False


class Linux:
    """It lives in its files: what they say decides whether an NMI makes it panic, and whether it dumps then.

    `units` is empty where it has no systemd. Of settings at the start it knows `/etc/sysctl.conf` and
    `/etc/sysctl.d`; the crash kernel's memory is set aside as its command line says, and never changes.
    """

    def __init__(self, files: Files, distribution: Distribution, memory_mb: int, at: datetime) -> None:
        system = _SYSTEMS[distribution]
        self.files = files
        self.release = system.release
        self.has_systemd = system.unit is not None
        self._kdump = system.unit
        self.units: dict[str, Unit] = {system.unit: Unit()} if system.unit else {}
        self.units |= {"sshd.service": Unit()} if self.has_systemd else {}
        for path, text in (system.identity, system.settings, ("/etc/sysctl.conf", "# see sysctl.d(5)\n")):
            files.write(path, text, at)
        device, point, kind = system.root.split()
        crashkernel = f" crashkernel={system.crashkernel}" if system.crashkernel else ""
        total = (memory_mb - system.crash_mb) * 1000
        made_up = {
            "/proc/cmdline": f"BOOT_IMAGE=/vmlinuz-{system.release} root={device} ro{crashkernel} quiet\n",
            "/proc/meminfo": f"MemTotal: {total:>15} kB\nMemFree: {total // 3:>16} kB\n",
            "/proc/mounts": f"{device} {point} {kind} rw,relatime 0 0\nproc /proc proc rw,nosuid 0 0\n",
            CRASH_SIZE: f"{system.crash_mb << 20}\n",
            f"{KERNEL}/osrelease": f"{system.release}\n",
        }
        for path, text in made_up.items():
            files.write(path, text, at)
        self.boot(at)

    def boot(self, at: datetime) -> None:
        """Take what the files in /etc say, and start what is enabled."""
        for name, value in _AT_INSTALLATION.items():
            self.files.write(f"{KERNEL}/{name}", f"{value}\n", at)
        self.files.write(CRASH_LOADED, "0\n", at)
        settings = [self.files.find("/etc/sysctl.conf"), *self.files.folder("/etc/sysctl.d")]
        for file in settings:
            for line in (self.files.text(file.path) or "").splitlines() if file else ():
                name, _, value = line.partition("=")
                self.set(f"/proc/sys/{name.strip().replace('.', '/')}", value.strip(), at)
        for name, unit in self.units.items():
            unit.active = False
            if unit.enabled:
                self.start(name, at)

    def set(self, path: str, value: str, at: datetime) -> bool:
        """Set a number below /proc/sys. False: there is none of that path, or that is no number."""
        if self.files.find(path) is None or not value.strip().lstrip("-").isdecimal():
            return False
        self.files.write(path, f"{int(value)}\n", at)
        return True

    def start(self, name: str, at: datetime) -> bool:
        """Start a unit that there is. False: it fails, as kdump does where no memory is set aside for it."""
        if name == self._kdump:
            if self.files.text(CRASH_SIZE) == "0\n":
                return False
            self.files.write(CRASH_LOADED, "1\n", at)
        self.units[name].active = True
        return True

    def stop(self, name: str, at: datetime) -> None:
        """Stop a unit that there is."""
        if name == self._kdump:
            self.files.write(CRASH_LOADED, "0\n", at)
        self.units[name].active = False

    @property
    def panics_on_nmi(self) -> bool:
        """Otherwise it logs the NMI and carries on."""
        return any(self.files.text(f"{KERNEL}/{name}") not in {None, "0\n"} for name in _PANICS)

    @property
    def dumps(self) -> bool:
        """Whether a crash kernel waits for a panic."""
        return self.files.text(CRASH_LOADED) == "1\n"
