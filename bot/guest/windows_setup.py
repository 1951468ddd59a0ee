"""What the registry of a Windows says about its dumps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.dump_kind import DumpKind
from bot.core.guest_readings import WindowsReadings
from bot.guest.registry import CRASH_CONTROL, CURRENT_VERSION, MEMORY_MANAGEMENT, Registry
from bot.guest.windows_paths import drive, expanded

ENABLED: dict[DumpKind, int] = {
    "none": 0,
    "complete": 1,
    "active": 1,
    "kernel": 2,
    "small": 3,
    "automatic": 7,
}
"""``CrashDumpEnabled``; ``FilterPages`` makes a complete dump an active one [unconfirmed]"""
DEFAULT_DUMP_FILE = r"%SystemRoot%\MEMORY.DMP"


@dataclass(frozen=True)
class WindowsSetup:
    """It counts from the first restart after it was written; whether there was one is unknown."""

    registry: Registry
    kind: DumpKind | None
    """None where it is not told"""
    build: int | None
    """9600"""
    boot_drive: str | None
    """``C:``"""
    dump_path: str | None
    """in full; None where it is not told, or has a variable that is not known"""
    page_files: tuple[str, ...]
    """in full, those that Windows says it uses now"""
    dedicated: str | None
    """a file that stands in for the page file; in full where that can be told"""


def windows_setup(readings: WindowsReadings) -> WindowsSetup:
    registry = Registry(readings)
    root = expanded(registry.text(CURRENT_VERSION, "SystemRoot") or "", None)
    dump_file = registry.text(CRASH_CONTROL, "DumpFile")
    if dump_file is None and registry.told(CRASH_CONTROL):
        dump_file = DEFAULT_DUMP_FILE
    existing = registry.texts(MEMORY_MANAGEMENT, "ExistingPageFiles")
    dedicated = registry.text(CRASH_CONTROL, "DedicatedDumpFile")
    return WindowsSetup(
        registry=registry,
        kind=_kind(registry),
        build=_build(registry),
        boot_drive=drive(root) if root is not None else None,
        dump_path=None if dump_file is None else expanded(dump_file, root),
        page_files=tuple(path for path in (expanded(each, root) for each in existing) if path is not None),
        dedicated=(expanded(dedicated, root) or dedicated) if dedicated else None,
    )


def _kind(registry: Registry) -> DumpKind | None:
    enabled = registry.number(CRASH_CONTROL, "CrashDumpEnabled")
    if enabled == ENABLED["active"]:
        return "active" if registry.number(CRASH_CONTROL, "FilterPages") == 1 else "complete"
    return next((kind for kind, number in ENABLED.items() if number == enabled), None)


def _build(registry: Registry) -> int | None:
    text = registry.text(CURRENT_VERSION, "CurrentBuild") or ""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
