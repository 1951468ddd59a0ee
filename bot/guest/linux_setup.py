"""What the files of a Linux say about its dumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.guest_readings import LinuxReadings
from bot.guest.distributions import DISTRIBUTIONS, OS_RELEASE, Distribution, distribution_of, os_release
from bot.guest.kdump_settings import KdumpSettings

SYSCTLS = ("kernel.unknown_nmi_panic", "kernel.panic_on_unrecovered_nmi", "kernel.panic_on_io_nmi")
"""which of them an NMI of a hypervisor meets depends on its reason code: all are set"""
OURS = "/etc/sysctl.d/90-vmdump.conf"
CMDLINE, MOUNTS = "/proc/cmdline", "/proc/mounts"
CRASH_LOADED, CRASH_SIZE = "/sys/kernel/kexec_crash_loaded", "/sys/kernel/kexec_crash_size"


def sysctl_file(name: str) -> str:
    return f"/proc/sys/{name.replace('.', '/')}"


FILES = (
    CMDLINE,
    *map(sysctl_file, (*SYSCTLS, "kernel.panic", "kernel.osrelease")),
    CRASH_LOADED,
    CRASH_SIZE,
    "/proc/meminfo",
    MOUNTS,
    OS_RELEASE,
    *(known.settings for known in DISTRIBUTIONS),
    OURS,
)


@dataclass(frozen=True)
class LinuxSetup:
    """None stands for what is not told."""

    system: str | None
    """as the guest calls itself"""
    distribution: Distribution | None
    sysctls: Mapping[str, int]
    """those that the kernel has"""
    on_command_line: bool | None
    """whether ``crashkernel=`` is"""
    reserved: int | None
    """bytes for the crash kernel"""
    loaded: bool | None
    kdump: KdumpSettings | None


def linux_setup(readings: LinuxReadings) -> LinuxSetup:
    files = readings.files
    release = os_release(files.get(OS_RELEASE, ""))
    distribution = distribution_of(release)
    settings = files.get(distribution.settings) if distribution is not None else None
    cmdline = files.get(CMDLINE)
    loaded = _number(files, CRASH_LOADED)
    found = {name: _number(files, sysctl_file(name)) for name in SYSCTLS}
    return LinuxSetup(
        system=release.get("PRETTY_NAME") or release.get("ID") or None,
        distribution=distribution,
        sysctls={name: value for name, value in found.items() if value is not None},
        on_command_line=None
        if cmdline is None
        else any(word.startswith("crashkernel=") for word in cmdline.split()),
        reserved=_number(files, CRASH_SIZE),
        loaded=None if loaded is None else loaded == 1,
        kdump=None
        if distribution is None or settings is None
        else distribution.parse(settings, files.get(MOUNTS, "")),
    )


def _number(files: Mapping[str, str], path: str) -> int | None:
    text = files.get(path, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
