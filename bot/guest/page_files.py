"""Whether a Windows has where to write its memory when it crashes: a page file, or a stand-in for one."""

from __future__ import annotations

from bot.core.finding import Level
from bot.core.guest_readings import WindowsReadings
from bot.core.target import Machine
from bot.guest.amounts import mib, needed_mib
from bot.guest.expected_dump import EXTRA, memory
from bot.guest.judging import NOT_TOLD, Judged
from bot.guest.registry import MEMORY_MANAGEMENT
from bot.guest.windows_paths import drive, same
from bot.guest.windows_setup import WindowsSetup

ASSUMED_SHARE = 3
"""a kernel or active dump is assumed to need a third of the memory: what it really needs is not documented"""
_PARTIAL = frozenset({"kernel", "automatic", "active"})


def judge_page_files(setup: WindowsSetup, readings: WindowsReadings, machine: Machine) -> Judged:
    """By the sizes that they have now, whoever manages them. Which of two Windows takes is unknown."""
    if setup.kind is None or setup.boot_drive is None:
        return Level.UNKNOWN, NOT_TOLD
    need = memory(machine) // ASSUMED_SHARE if setup.kind in _PARTIAL else memory(machine) + EXTRA
    page = _page_file(setup, readings, setup.boot_drive)
    shown = NOT_TOLD if page is None else mib(page)
    seen = f"{shown} on {setup.boot_drive}, {needed_mib(need)} needed"
    dedicated = 0
    if setup.dedicated is not None:
        dedicated = _size(setup.dedicated, readings) or 0
        seen = f"{mib(dedicated)} at {setup.dedicated}, {seen}"
        if dedicated >= need:
            return Level.OK, seen
        if page is not None and page >= need:
            return Level.UNKNOWN, seen
    if page is None:
        return Level.UNKNOWN, seen
    if page >= need:
        return Level.OK, seen
    return Level.WARN if setup.kind in _PARTIAL and page + dedicated else Level.BLOCK, seen


def _page_file(setup: WindowsSetup, readings: WindowsReadings, boot_drive: str) -> int | None:
    """The largest on the boot volume; 0 where there is none, None where its size is not told.

    Whether a guest's listing shows such files, which are hidden, is not documented [unknown].
    """
    sizes = [each.size for each in readings.page_files if _is_page_file(each.path, setup, boot_drive)]
    if sizes:
        return max(sizes)
    named = any(drive(path) == boot_drive for path in setup.page_files)
    return 0 if setup.registry.told(MEMORY_MANAGEMENT) and not named else None


def _is_page_file(path: str, setup: WindowsSetup, boot_drive: str) -> bool:
    stand_in = setup.dedicated is not None and same(path, setup.dedicated)
    return drive(path) == boot_drive and not stand_in


def _size(path: str, readings: WindowsReadings) -> int | None:
    return next((each.size for each in readings.page_files if same(each.path, path)), None)
