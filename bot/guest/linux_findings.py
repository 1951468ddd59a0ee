"""Whether a Linux would write a dump, by what it told of itself."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from bot.core.dump_names import is_linux_dump
from bot.core.finding import Finding, Level
from bot.core.guest_readings import LinuxReadings
from bot.core.surroundings import Volume
from bot.core.target import Machine
from bot.guest.amounts import mib, older_dump
from bot.guest.dump_room import holding, judge_room
from bot.guest.expected_dump import expected_linux_dump
from bot.guest.judging import NOT_TOLD, Judged, Judges, judge_all
from bot.guest.linux_setup import SYSCTLS, LinuxSetup, linux_setup


@dataclass(frozen=True)
class _Case:
    readings: LinuxReadings
    setup: LinuxSetup
    machine: Machine
    volumes: tuple[Volume, ...] | None
    dump_file: str
    """where the settings say that dumps lie: a folder or a file"""

    @property
    def folder(self) -> str | None:
        return self.setup.kdump.folder if self.setup.kdump is not None else None


def assess_linux(
    readings: LinuxReadings, machine: Machine, volumes: tuple[Volume, ...] | None, dump_file: str
) -> tuple[Finding, ...]:
    """``volumes`` as the Tools tell them now."""
    case = _Case(readings, linux_setup(readings), machine, volumes, dump_file)
    return judge_all(_JUDGES, case, readings.read_at)


def _dump_form(case: _Case) -> Judged:
    setup = case.setup
    system = setup.system or NOT_TOLD
    if setup.distribution is None:
        return Level.UNKNOWN, system
    level = setup.kdump.level if setup.kdump is not None else None
    return Level.OK, system if level is None else f"{system}, makedumpfile -d {level}"


def _nmi_panic(case: _Case) -> Judged:
    values = case.setup.sysctls
    if not values:
        return Level.UNKNOWN, NOT_TOLD
    seen = ", ".join(f"{name} {values.get(name, NOT_TOLD)}" for name in SYSCTLS)
    if not any(values.values()):
        return Level.BLOCK, seen
    return Level.OK if all(values.get(name) for name in SYSCTLS) else Level.WARN, seen


def _crashkernel(case: _Case) -> Judged:
    setup = case.setup
    if setup.reserved:
        return Level.OK, mib(setup.reserved)
    if setup.reserved is None and setup.on_command_line is not False:
        return Level.UNKNOWN, NOT_TOLD
    seen = "crashkernel= reserved nothing" if setup.on_command_line else "no crashkernel="
    if setup.distribution is None:
        return Level.BLOCK, seen
    return Level.BLOCK, f"{seen}; as root: {setup.distribution.reserve}"


def _kdump_loaded(case: _Case) -> Judged:
    setup = case.setup
    if setup.loaded is None:
        return Level.UNKNOWN, NOT_TOLD
    if setup.loaded:
        return Level.OK, "loaded"
    if setup.distribution is None:
        return Level.BLOCK, "not loaded"
    if setup.kdump is not None and setup.kdump.switched_off:
        return Level.BLOCK, f"USE_KDUMP=0 in {setup.distribution.settings}"
    return Level.BLOCK, f"systemctl enable --now {setup.distribution.unit}"


def _kdump_target(case: _Case) -> Judged:
    kdump = case.setup.kdump
    if kdump is None:
        return Level.UNKNOWN, NOT_TOLD
    return (Level.OK, kdump.folder) if kdump.folder is not None else (Level.WARN, str(kdump.elsewhere))


def _dump_path(case: _Case) -> Judged | None:
    """Only of a folder; where dumps are sent away, ``kdump-target`` says so."""
    if case.folder is None:
        return None
    if _below(case.dump_file, case.folder):
        return Level.OK, case.folder
    return Level.WARN, f"{case.folder}, settings: {case.dump_file}"


def _below(path: str, folder: str) -> bool:
    """Whether it is the folder or lies in it."""
    return f"{posixpath.normpath(path)}/".startswith(f"{folder.rstrip('/')}/")


def _dump_room(case: _Case) -> Judged | None:
    kdump = case.setup.kdump
    if kdump is not None and kdump.folder is None:
        return None
    volume = holding(case.folder, case.volumes)
    return judge_room(volume, expected_linux_dump(kdump.level if kdump else None, case.machine))


def _linux_dumps(case: _Case) -> Judged:
    if case.readings.dumps is None:
        return Level.UNKNOWN, NOT_TOLD
    dumps = [entry for entry in case.readings.dumps if is_linux_dump(entry.path)]
    newest = max(dumps, key=lambda entry: entry.modified_at, default=None)
    return Level.OK, "none" if newest is None else older_dump(newest.size, newest.modified_at)


_JUDGES: Judges[_Case] = {
    "dump-form": _dump_form,
    "nmi-panic": _nmi_panic,
    "crashkernel": _crashkernel,
    "kdump-loaded": _kdump_loaded,
    "kdump-target": _kdump_target,
    "dump-path": _dump_path,
    "dump-room": _dump_room,
    "linux-dumps": _linux_dumps,
}
