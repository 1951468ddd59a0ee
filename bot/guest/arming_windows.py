"""What makes a Windows write its dump."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.arming import DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.guest_arming import Arming
from bot.core.guest_change import RegistryChange
from bot.core.guest_readings import RegistryType, RegistryValue, WindowsReadings
from bot.core.target import Machine
from bot.guest.registry import CRASH_CONTROL, RELIABILITY
from bot.guest.windows_findings import NMI_BY_ITSELF
from bot.guest.windows_paths import same
from bot.guest.windows_setup import ENABLED, WindowsSetup, windows_setup

_SINCE: dict[DumpWish, int] = {DumpWish.AUTOMATIC: NMI_BY_ITSELF, DumpWish.ACTIVE: 10240}
"""builds of Windows 8 and 10, of the servers 2012 and 2016"""
_ENABLED = {
    DumpWish.COMPLETE: ENABLED["complete"],
    DumpWish.KERNEL: ENABLED["kernel"],
    DumpWish.ACTIVE: ENABLED["active"],
    DumpWish.AUTOMATIC: ENABLED["automatic"],
}
_Wanted = tuple[str, str, RegistryType, int | str]


def arming_windows(
    readings: WindowsReadings, machine: Machine, wish: DumpWish, dump_file: str | None
) -> Arming:
    """Only what differs. Raises ``VmdumpError`` where the registry was not told, or knows no such dump.

    Windows reads CrashControl at its start. A key that is not there is not made.
    """
    setup = windows_setup(readings)
    vm = machine.target.name
    if not setup.registry.told(CRASH_CONTROL):
        raise VmdumpError(Code.GUEST_REGISTRY, vm=vm, path=CRASH_CONTROL, cause="it was not told")
    if setup.build is not None and setup.build < _SINCE.get(wish, 0):
        raise VmdumpError(Code.DUMP_KIND, vm=vm, kind=wish.value, system=f"build {setup.build}")
    changes = tuple(
        _change(setup, machine, key, name, kind, ours)
        for key, name, kind, ours in (*_dump(setup, wish), *_path(setup, dump_file), *_conduct(setup))
        if setup.registry.told(key) and not _is_set(setup, key, name, ours)
    )
    return Arming(
        changes=changes,
        needs_restart=any(change.key == CRASH_CONTROL for change in changes),
        after=_after(readings, changes),
    )


def _dump(setup: WindowsSetup, wish: DumpWish) -> tuple[_Wanted, ...]:
    enabled: _Wanted = (CRASH_CONTROL, "CrashDumpEnabled", "REG_DWORD", _ENABLED[wish])
    if wish is DumpWish.ACTIVE:
        return enabled, (CRASH_CONTROL, "FilterPages", "REG_DWORD", 1)
    if wish is DumpWish.COMPLETE and setup.registry.value(CRASH_CONTROL, "FilterPages") is not None:
        return enabled, (CRASH_CONTROL, "FilterPages", "REG_DWORD", 0)
    return (enabled,)


def _path(setup: WindowsSetup, dump_file: str | None) -> tuple[_Wanted, ...]:
    if dump_file is None or (setup.dump_path is not None and same(setup.dump_path, dump_file)):
        return ()
    return ((CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", dump_file),)


def _conduct(setup: WindowsSetup) -> tuple[_Wanted, ...]:
    """Without ``Overwrite`` there is no dump where an older one lies."""
    names = ("AutoReboot", "Overwrite", "AlwaysKeepMemoryDump", "LogEvent")
    old = setup.build is None or setup.build < NMI_BY_ITSELF
    wanted = (*names, "NMICrashDump") if old else names
    return (
        *((CRASH_CONTROL, name, "REG_DWORD", 1) for name in wanted),
        (RELIABILITY, "BootStatusPolicy", "REG_DWORD", 1),
    )


def _is_set(setup: WindowsSetup, key: str, name: str, ours: int | str) -> bool:
    found = setup.registry.value(key, name)
    return found is not None and found.data == ours


def _change(
    setup: WindowsSetup, machine: Machine, key: str, name: str, kind: RegistryType, ours: int | str
) -> RegistryChange:
    return RegistryChange(
        vcenter=machine.target.vcenter,
        vm_moid=machine.target.moid,
        vm_name=machine.target.name,
        key=key,
        name=name,
        former=setup.registry.value(key, name),
        type=kind,
        ours=ours,
    )


def _after(readings: WindowsReadings, changes: tuple[RegistryChange, ...]) -> WindowsReadings:
    """What is at another path than before is not known, and taken to be nothing."""
    keys: dict[str, Mapping[str, RegistryValue] | None] = {}
    for key, values in readings.keys.items():
        ours = {
            change.name: RegistryValue(type=change.type, data=change.ours)
            for change in changes
            if change.key.lower() == key.lower()
        }
        over = {name.lower() for name in ours}
        kept = {name: value for name, value in (values or {}).items() if name.lower() not in over}
        keys[key] = None if values is None else kept | ours
    moved = any(change.name == "DumpFile" for change in changes)
    return readings.model_copy(update={"keys": keys, "dump": None if moved else readings.dump})
