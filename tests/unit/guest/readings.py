"""A Windows and a Linux that are well; what a test is about, it changes by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.guest_readings import GuestEntry, LinuxReadings, RegistryType, RegistryValue, WindowsReadings
from bot.core.signs import GuestFile
from bot.core.surroundings import Volume
from bot.guest.linux_setup import CMDLINE, CRASH_LOADED, CRASH_SIZE, MOUNTS, SYSCTLS, sysctl_file
from bot.guest.registry import CRASH_CONTROL, CURRENT_VERSION, MEMORY_MANAGEMENT, RELIABILITY
from tests.unit.core.things import DUMP, GIB, NOW

MIB = 1 << 20
NEEDED = 4096 * MIB + 257 * MIB
"""page file of a machine of 4 GiB"""
PAGE_FILE = r"C:\pagefile.sys"
ROOMY = (Volume(path="C:\\", capacity=100 * GIB, free=60 * GIB),)
FULL = (Volume(path="C:\\", capacity=100 * GIB, free=1 * GIB),)
ROOMY_LINUX = (Volume(path="/", capacity=100 * GIB, free=60 * GIB),)
FULL_LINUX = (Volume(path="/", capacity=100 * GIB, free=0),)
CRASH = "/var/crash"
RHEL = """NAME="Red Hat Enterprise Linux"
ID="rhel"
ID_LIKE="fedora"
PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"
"""
SLES = 'ID="sles"\nID_LIKE="suse"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\n'
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
ARCH = 'ID=arch\nPRETTY_NAME="Arch Linux"\n'


def dword(number: int) -> RegistryValue:
    return RegistryValue(type="REG_DWORD", data=number)


def text(data: str, kind: RegistryType = "REG_SZ") -> RegistryValue:
    return RegistryValue(type=kind, data=data)


def page_file(size: int = NEEDED, path: str = PAGE_FILE) -> GuestFile:
    return GuestFile(path=path, size=size, modified_at=NOW)


def windows(
    control: Mapping[str, RegistryValue | int | None] | None = None,
    keys: dict[str, dict[str, RegistryValue] | None] | None = None,
    **changed: Any,
) -> WindowsReadings:
    """``control`` are values of CrashControl: a number is a REG_DWORD, None for one that is not set."""
    crash_control: dict[str, RegistryValue | int | None] = {
        "AutoReboot": 1,
        "CrashDumpEnabled": 1,
        "LogEvent": 1,
        "Overwrite": 1,
        "AlwaysKeepMemoryDump": 1,
        "DumpFile": text(DUMP, "REG_EXPAND_SZ"),
        "DumpFilters": text("dumpfve.sys", "REG_MULTI_SZ"),
        **(control or {}),
    }
    every: dict[str, dict[str, RegistryValue] | None] = {
        CRASH_CONTROL: {
            name: dword(value) if isinstance(value, int) else value
            for name, value in crash_control.items()
            if value is not None
        },
        MEMORY_MANAGEMENT: {"ExistingPageFiles": text(rf"\??\{PAGE_FILE}", "REG_MULTI_SZ")},
        RELIABILITY: {"BootStatusPolicy": dword(1)},
        CURRENT_VERSION: {"CurrentBuild": text("9600"), "SystemRoot": text(r"C:\Windows")},
    }
    values: dict[str, Any] = {
        "read_at": NOW,
        "keys": every | (keys or {}),
        "page_files": (page_file(),),
        "dump": None,
    }
    return WindowsReadings(**(values | changed))


def without(readings: WindowsReadings, key: str) -> WindowsReadings:
    """The same, not told anything of a key."""
    return readings.model_copy(update={"keys": {k: v for k, v in readings.keys.items() if k != key}})


def unwell_windows() -> Iterator[WindowsReadings]:
    """Between them they have all that can be wrong with one, and one that told nothing."""
    old_dump = GuestFile(path=DUMP, size=4 * GIB, modified_at=NOW)
    yield windows({"CrashDumpEnabled": 3, "AutoReboot": 0, "Overwrite": 0}, dump=old_dump)
    yield windows({"CrashDumpEnabled": 2, "AlwaysKeepMemoryDump": None}, page_files=(page_file(MIB),))
    yield windows(dump=old_dump, page_files=(page_file(MIB),), keys={RELIABILITY: None})
    yield windows(keys={CURRENT_VERSION: {"CurrentBuild": text("7601"), "SystemRoot": text(r"C:\Windows")}})
    yield windows({"DumpFile": text(r"D:\MEMORY.DMP")}, page_files=())
    yield WindowsReadings(read_at=NOW, keys={}, page_files=(), dump=None)


def linux(files: Mapping[str, str | None] | None = None, **changed: Any) -> LinuxReadings:
    """``files`` by path; None for one that was not told."""
    told: dict[str, str | None] = {
        CMDLINE: "BOOT_IMAGE=/vmlinuz ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M quiet\n",
        CRASH_LOADED: "1\n",
        CRASH_SIZE: f"{192 * MIB}\n",
        MOUNTS: "/dev/mapper/rhel-root / xfs rw 0 0\n/dev/sdb1 /dumps ext4 rw 0 0\n",
        "/etc/os-release": RHEL,
        "/etc/kdump.conf": "path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n",
        **{sysctl_file(name): "1\n" for name in SYSCTLS},
        **(files or {}),
    }
    values: dict[str, Any] = {
        "read_at": NOW,
        "files": {path: content for path, content in told.items() if content is not None},
        "dumps": (),
    }
    return LinuxReadings(**(values | changed))


def entry(path: str, size: int = 3 * MIB, **changed: Any) -> GuestEntry:
    return GuestEntry(**({"path": path, "folder": False, "size": size, "modified_at": NOW} | changed))


def unwell_linux() -> Iterator[LinuxReadings]:
    """Between them they have all that can be wrong with one, and one that told nothing."""
    zero = {sysctl_file(name): "0\n" for name in SYSCTLS}
    yield linux({**zero, CRASH_LOADED: "0\n", CRASH_SIZE: "0\n"})
    yield linux({sysctl_file(SYSCTLS[0]): "0\n", "/etc/kdump.conf": "nfs store:/dumps\n"})
    yield linux({"/etc/kdump.conf": "path /elsewhere\n", "/etc/os-release": ARCH})
    yield linux({"/etc/kdump.conf": "path /elsewhere\n"})
    yield LinuxReadings(read_at=NOW, files={}, dumps=None)
