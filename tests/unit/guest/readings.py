"""A Windows and a Linux that are well; what a test is about, it changes by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.guest_readings import RegistryType, RegistryValue, WindowsReadings
from bot.core.signs import GuestFile
from bot.core.surroundings import Volume
from bot.guest.registry import CRASH_CONTROL, CURRENT_VERSION, MEMORY_MANAGEMENT, RELIABILITY
from tests.unit.core.things import DUMP, GIB, NOW

MIB = 1 << 20
NEEDED = 4096 * MIB + 257 * MIB
"""page file of a machine of 4 GiB"""
PAGE_FILE = r"C:\pagefile.sys"
ROOMY = (Volume(path="C:\\", capacity=100 * GIB, free=60 * GIB),)
FULL = (Volume(path="C:\\", capacity=100 * GIB, free=1 * GIB),)


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
