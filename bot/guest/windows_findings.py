"""Whether a Windows would write a full dump, by what it told of itself."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.dump_kind import DumpKind
from bot.core.finding import Finding, Level
from bot.core.guest_readings import WindowsReadings
from bot.core.surroundings import Volume
from bot.core.target import Machine
from bot.guest.amounts import GIB, mib, older_dump
from bot.guest.dump_room import holding, judge_room
from bot.guest.expected_dump import expected_windows_dump
from bot.guest.judging import NOT_TOLD, Judged, Judges, judge_all
from bot.guest.page_files import judge_page_files
from bot.guest.registry import CRASH_CONTROL, RELIABILITY
from bot.guest.windows_paths import same
from bot.guest.windows_setup import WindowsSetup, windows_setup

NMI_BY_ITSELF = 9200
"""build of Windows 8 and Server 2012, which take an NMI whatever ``NMICrashDump`` says"""
HUGE_MIB = 256 << 10
KEPT_FREE = 25 * GIB
"""Windows may delete a dump at the restart if less is free then [unconfirmed]"""
_LEVELS: dict[DumpKind, Level] = {
    "none": Level.BLOCK,
    "small": Level.BLOCK,
    "kernel": Level.WARN,
    "automatic": Level.WARN,
    "complete": Level.OK,
    "active": Level.OK,
}
"""who asks for a dump wants what the processes held; a kernel or automatic one leaves that out"""


@dataclass(frozen=True)
class _Case:
    readings: WindowsReadings
    setup: WindowsSetup
    machine: Machine
    volumes: tuple[Volume, ...] | None
    dump_file: str | None
    """what the settings say"""

    @property
    def expected(self) -> tuple[int, int]:
        return expected_windows_dump(self.setup.kind, self.machine)

    @property
    def volume(self) -> Volume | None:
        return holding(self.setup.dump_path, self.volumes)

    def number(self, name: str) -> int | None:
        return self.setup.registry.number(CRASH_CONTROL, name)


def assess_windows(
    readings: WindowsReadings, machine: Machine, volumes: tuple[Volume, ...] | None, dump_file: str | None
) -> tuple[Finding, ...]:
    """``volumes`` as the Tools tell them now, ``dump_file`` as the settings say."""
    case = _Case(readings, windows_setup(readings), machine, volumes, dump_file)
    return judge_all(_JUDGES, case, readings.read_at)


def _crash_dump(case: _Case) -> Judged:
    kind = case.setup.kind
    if kind is not None:
        return _LEVELS[kind], kind
    number = case.number("CrashDumpEnabled")
    return Level.UNKNOWN, NOT_TOLD if number is None else f"CrashDumpEnabled {number}"


def _dump_path(case: _Case) -> Judged:
    path = case.setup.dump_path
    if path is None:
        return Level.UNKNOWN, NOT_TOLD
    if case.dump_file is None or same(path, case.dump_file):
        return Level.OK, path
    return Level.WARN, f"{path}, settings: {case.dump_file}"


def _auto_reboot(case: _Case) -> Judged:
    match case.number("AutoReboot"):
        case None:
            return Level.UNKNOWN, NOT_TOLD
        case 0:
            return Level.WARN, "off"
        case _:
            return Level.OK, "on"


def _overwrite(case: _Case) -> Judged:
    if case.setup.dump_path is None:
        return Level.UNKNOWN, NOT_TOLD
    dump = case.readings.dump
    if dump is None:
        return Level.OK, "no older dump"
    seen = older_dump(dump.size, dump.modified_at)
    match case.number("Overwrite"):
        case None:
            return Level.UNKNOWN, seen
        case 0:
            return Level.BLOCK, seen
        case _:
            return Level.WARN, seen


def _keep_dump(case: _Case) -> Judged:
    if not case.setup.registry.told(CRASH_CONTROL):
        return Level.UNKNOWN, NOT_TOLD
    if case.number("AlwaysKeepMemoryDump") == 1:
        return Level.OK, "set"
    if case.volume is None:
        return Level.UNKNOWN, "not set, free space not told"
    left = case.volume.free - case.expected[1]
    return Level.OK if left >= KEPT_FREE else Level.WARN, f"not set, {mib(max(left, 0))} left after it"


def _nmi_crash_dump(case: _Case) -> Judged | None:
    build, number = case.setup.build, case.number("NMICrashDump")
    if build is not None and build >= NMI_BY_ITSELF:
        return None
    seen = f"NMICrashDump {'not set' if number is None else number}, build {build or NOT_TOLD}"
    if number == 1:
        return Level.OK, seen
    if build is None or not case.setup.registry.told(CRASH_CONTROL):
        return Level.UNKNOWN, seen
    return Level.BLOCK, seen


def _page_file(case: _Case) -> Judged:
    return judge_page_files(case.setup, case.readings, case.machine)


def _dump_room(case: _Case) -> Judged:
    dump = case.readings.dump
    return judge_room(case.volume, case.expected, 0 if dump is None else dump.size)


def _dump_filters(case: _Case) -> Judged:
    """BitLocker adds one (dumpfve.sys) where it is on, which is not known."""
    if not case.setup.registry.told(CRASH_CONTROL):
        return Level.UNKNOWN, NOT_TOLD
    return Level.OK, ", ".join(case.setup.registry.texts(CRASH_CONTROL, "DumpFilters")) or "none"


def _boot_status(case: _Case) -> Judged:
    registry = case.setup.registry
    number = registry.number(RELIABILITY, "BootStatusPolicy")
    if number is None and not registry.told(RELIABILITY) and not registry.lacks(RELIABILITY):
        return Level.UNKNOWN, NOT_TOLD
    return Level.OK if number == 1 else Level.WARN, "not set" if number is None else str(number)


def _huge_memory(case: _Case) -> Judged | None:
    if case.setup.kind != "complete" or case.machine.memory_mib <= HUGE_MIB:
        return None
    return Level.WARN, f"{case.machine.memory_mib / 1024:g} GiB"


_JUDGES: Judges[_Case] = {
    "crash-dump": _crash_dump,
    "dump-path": _dump_path,
    "page-file": _page_file,
    "dump-room": _dump_room,
    "overwrite": _overwrite,
    "nmi-crash-dump": _nmi_crash_dump,
    "auto-reboot": _auto_reboot,
    "boot-status": _boot_status,
    "keep-dump": _keep_dump,
    "huge-memory": _huge_memory,
    "dump-filters": _dump_filters,
}
