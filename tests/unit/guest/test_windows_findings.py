"""Whether a Windows would write a full dump, at each border."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.finding import Finding, Level
from bot.core.guest_readings import RegistryValue, WindowsReadings
from bot.core.signs import GuestFile
from bot.core.surroundings import Volume
from bot.guest.registry import CRASH_CONTROL, CURRENT_VERSION, KEYS, MEMORY_MANAGEMENT, RELIABILITY
from bot.guest.windows_findings import assess_windows
from tests.unit.core.things import DUMP, GIB, NOW, machine
from tests.unit.guest.readings import (
    MIB,
    NEEDED,
    PAGE_FILE,
    ROOMY,
    dword,
    page_file,
    text,
    windows,
    without,
)

OLD = GuestFile(path=DUMP, size=4 * GIB, modified_at=NOW)


def findings(
    readings: WindowsReadings | None = None,
    volumes: tuple[Volume, ...] | None = ROOMY,
    dump_file: str | None = DUMP,
    **machine_is: Any,
) -> dict[str, Finding]:
    found = assess_windows(readings or windows(), machine(**machine_is), volumes, dump_file)
    assert len({f.code for f in found}) == len(found)
    assert {(f.source, f.read_at) for f in found} == {("guest", NOW)}
    return {f.code: f for f in found}


def told(code: str, readings: WindowsReadings | None = None, **how: Any) -> tuple[Level, str]:
    found = findings(readings, **how)[code]
    return found.level, found.seen


def free(size: int, path: str = "C:\\") -> tuple[Volume, ...]:
    return (Volume(path=path, capacity=200 * GIB, free=size),)


def test_a_windows_that_is_well_has_nothing_against_it() -> None:
    assert {f.code for f in findings().values() if f.level is not Level.OK} == set()


def test_of_what_told_nothing_nothing_is_well() -> None:
    silent = WindowsReadings(read_at=NOW, keys={}, page_files=(), dump=None)
    found = findings(silent, volumes=None)
    assert {f.level for f in found.values()} == {Level.UNKNOWN}
    assert set(found) == set(findings()) | {"nmi-crash-dump"}


@pytest.mark.parametrize(
    ("control", "level", "kind"),
    [
        ({"CrashDumpEnabled": 0}, Level.BLOCK, "none"),
        ({"CrashDumpEnabled": 1}, Level.OK, "complete"),
        ({"CrashDumpEnabled": 1, "FilterPages": 0}, Level.OK, "complete"),
        ({"CrashDumpEnabled": 1, "FilterPages": 1}, Level.OK, "active"),
        ({"CrashDumpEnabled": 2}, Level.WARN, "kernel"),
        ({"CrashDumpEnabled": 3}, Level.BLOCK, "small"),
        ({"CrashDumpEnabled": 7}, Level.WARN, "automatic"),
        ({"CrashDumpEnabled": 7, "FilterPages": 1}, Level.WARN, "automatic"),
        ({"CrashDumpEnabled": 5}, Level.UNKNOWN, "CrashDumpEnabled 5"),
        ({"CrashDumpEnabled": None}, Level.UNKNOWN, "not told"),
        ({"CrashDumpEnabled": text("1")}, Level.UNKNOWN, "not told"),
    ],
)
def test_which_dump_is_set(control: dict[str, Any], level: Level, kind: str) -> None:
    assert told("crash-dump", windows(control)) == (level, kind)


def test_values_are_found_in_whatever_case_they_are_written() -> None:
    control = {"CRASHDUMPENABLED": dword(3)}
    keys = {k: v for k, v in windows().keys.items() if k != CRASH_CONTROL} | {CRASH_CONTROL.upper(): control}
    assert told("crash-dump", windows().model_copy(update={"keys": keys})) == (Level.BLOCK, "small")


@pytest.mark.parametrize(
    ("guest", "settings", "level", "seen"),
    [
        (r"%SystemRoot%\MEMORY.DMP", r"c:\windows\memory.dmp", Level.OK, r"C:\Windows\MEMORY.DMP"),
        (r"%systemdrive%\d.dmp", r"C:/d.dmp", Level.OK, r"C:\d.dmp"),
        (r"%windir%\d.dmp", None, Level.OK, r"C:\Windows\d.dmp"),
        (r"D:\d.dmp", DUMP, Level.WARN, rf"D:\d.dmp, settings: {DUMP}"),
        (r"%TEMP%\d.dmp", DUMP, Level.UNKNOWN, "not told"),
        ("MEMORY.DMP", DUMP, Level.UNKNOWN, "not told"),
    ],
)
def test_where_the_dump_goes(guest: str, settings: str | None, level: Level, seen: str) -> None:
    readings = windows({"DumpFile": text(guest, "REG_EXPAND_SZ")})
    assert told("dump-path", readings, dump_file=settings) == (level, seen)


def test_a_dump_path_that_is_not_set_is_the_documented_one() -> None:
    unset = windows({"DumpFile": None})
    assert told("dump-path", unset, dump_file=None) == (Level.OK, r"C:\Windows\MEMORY.DMP")
    rootless = without(unset, CURRENT_VERSION)
    assert told("dump-path", rootless, dump_file=None)[0] is Level.UNKNOWN


@pytest.mark.parametrize(
    ("value", "level"), [(1, Level.OK), (2, Level.OK), (0, Level.WARN), (None, Level.UNKNOWN)]
)
def test_whether_it_restarts_by_itself(value: int | None, level: Level) -> None:
    assert told("auto-reboot", windows({"AutoReboot": value}))[0] is level


@pytest.mark.parametrize(
    ("value", "dump", "level", "seen"),
    [
        (1, None, Level.OK, "no older dump"),
        (0, None, Level.OK, "no older dump"),
        (1, OLD, Level.WARN, "2026-03-01 09:30, 4,096 MiB"),
        (0, OLD, Level.BLOCK, "2026-03-01 09:30, 4,096 MiB"),
        (None, OLD, Level.UNKNOWN, "2026-03-01 09:30, 4,096 MiB"),
    ],
)
def test_what_becomes_of_an_older_dump(
    value: int | None, dump: GuestFile | None, level: Level, seen: str
) -> None:
    assert told("overwrite", windows({"Overwrite": value}, dump=dump)) == (level, seen)


def test_whether_an_older_dump_is_there_is_unknown_where_its_path_is() -> None:
    readings = windows({"DumpFile": text(r"%TEMP%\d.dmp")})
    assert told("overwrite", readings)[0] is Level.UNKNOWN


EDGE = 25 * GIB + NEEDED


@pytest.mark.parametrize(
    ("value", "volumes", "level"),
    [
        (1, free(0), Level.OK),
        (1, None, Level.OK),
        (None, None, Level.UNKNOWN),
        (None, free(EDGE), Level.OK),
        (None, free(EDGE - 1), Level.WARN),
        (0, free(EDGE - 1), Level.WARN),
        (None, free(0), Level.WARN),
    ],
)
def test_whether_it_may_delete_its_dump_again(
    value: int | None, volumes: tuple[Volume, ...] | None, level: Level
) -> None:
    readings = windows({"AlwaysKeepMemoryDump": value})
    assert told("keep-dump", readings, volumes=volumes)[0] is level


@pytest.mark.parametrize(
    ("build", "value", "level"),
    [
        ("9199", None, Level.BLOCK),
        ("9199", 0, Level.BLOCK),
        ("9199", 1, Level.OK),
        ("7601", None, Level.BLOCK),
        ("unreadable", None, Level.UNKNOWN),
        ("unreadable", 1, Level.OK),
        ("9200", None, None),
        ("26100", 0, None),
    ],
)
def test_an_old_windows_has_to_be_told_what_an_nmi_is_for(
    build: str, value: int | None, level: Level | None
) -> None:
    version = {"CurrentBuild": text(build), "SystemRoot": text(r"C:\Windows")}
    found = findings(windows({"NMICrashDump": value}, keys={CURRENT_VERSION: version}))
    assert (found["nmi-crash-dump"].level if "nmi-crash-dump" in found else None) is level


def test_an_old_windows_whose_key_was_not_told_is_not_blamed() -> None:
    readings = windows(keys={CURRENT_VERSION: {"CurrentBuild": text("7601")}})
    assert told("nmi-crash-dump", without(readings, CRASH_CONTROL))[0] is Level.UNKNOWN


THIRD = 4096 * MIB // 3


@pytest.mark.parametrize(
    ("kind", "size", "level"),
    [
        (1, NEEDED, Level.OK),
        (1, NEEDED - 1, Level.BLOCK),
        (0, NEEDED - 1, Level.BLOCK),
        (3, NEEDED, Level.OK),
        (2, THIRD, Level.OK),
        (2, THIRD - 1, Level.WARN),
        (7, THIRD - 1, Level.WARN),
        (7, 1, Level.WARN),
        (7, 0, Level.BLOCK),
        (5, NEEDED, Level.UNKNOWN),
    ],
)
def test_whether_the_page_file_is_large_enough(kind: int, size: int, level: Level) -> None:
    readings = windows({"CrashDumpEnabled": kind}, page_files=(page_file(size),))
    assert told("page-file", readings)[0] is level


def test_an_active_dump_needs_what_a_kernels_does() -> None:
    active = {"FilterPages": 1}
    assert told("page-file", windows(active, page_files=(page_file(THIRD),)))[0] is Level.OK
    assert told("page-file", windows(active, page_files=(page_file(THIRD - 1),)))[0] is Level.WARN


def test_a_page_file_that_is_too_small_is_named_with_what_it_lacks() -> None:
    readings = windows(page_files=(page_file(4096 * MIB),))
    assert told("page-file", readings) == (Level.BLOCK, "4,096 MiB on C:, 4,353 MiB needed")
    close = windows(page_files=(page_file(NEEDED - 1),))
    assert told("page-file", close) == (Level.BLOCK, "4,352 MiB on C:, 4,353 MiB needed")


def test_only_the_boot_volume_counts() -> None:
    elsewhere = windows(
        page_files=(page_file(NEEDED, r"D:\pagefile.sys"), page_file(NEEDED - 1)),
        keys={
            MEMORY_MANAGEMENT: {
                "ExistingPageFiles": text("\\??\\C:\\pagefile.sys\n\\??\\D:\\pagefile.sys", "REG_MULTI_SZ")
            }
        },
    )
    assert told("page-file", elsewhere)[0] is Level.BLOCK


def test_without_any_page_file_nothing_is_written() -> None:
    none = windows(page_files=(), keys={MEMORY_MANAGEMENT: {}})
    assert told("page-file", none) == (Level.BLOCK, "0 MiB on C:, 4,353 MiB needed")


def test_a_page_file_whose_size_is_not_shown_is_unknown() -> None:
    assert told("page-file", windows(page_files=()))[0] is Level.UNKNOWN
    assert told("page-file", without(windows(page_files=()), MEMORY_MANAGEMENT))[0] is Level.UNKNOWN
    assert told("page-file", without(windows(), CURRENT_VERSION))[0] is Level.UNKNOWN


@pytest.mark.parametrize(
    ("dedicated", "page", "kind", "level"),
    [
        (NEEDED, 0, 1, Level.OK),
        (NEEDED, None, 1, Level.OK),
        (NEEDED - 1, NEEDED - 1, 1, Level.BLOCK),
        (NEEDED - 1, NEEDED, 1, Level.UNKNOWN),
        (None, NEEDED, 1, Level.UNKNOWN),
        (None, 0, 1, Level.BLOCK),
        (None, None, 1, Level.UNKNOWN),
        (None, 0, 2, Level.BLOCK),
        (THIRD - 1, 0, 2, Level.WARN),
    ],
)
def test_a_dedicated_dump_file_stands_in(
    dedicated: int | None, page: int | None, kind: int, level: Level
) -> None:
    """None: it is named, and its size is not told."""
    path = r"E:\dedicated.sys"
    files = [page_file(dedicated, path)] if dedicated is not None else []
    if page is not None:
        files.append(page_file(page))
    control: dict[str, Any] = {"CrashDumpEnabled": kind, "DedicatedDumpFile": text(path.upper())}
    found = told("page-file", windows(control, page_files=tuple(files)))
    assert found[0] is level
    assert path.upper() in found[1]


def test_a_dedicated_dump_file_on_the_boot_volume_is_no_page_file() -> None:
    path = r"C:\dedicated.sys"
    readings = windows({"DedicatedDumpFile": text(path)}, page_files=(page_file(NEEDED - 1, path),))
    assert told("page-file", readings)[0] is Level.UNKNOWN


@pytest.mark.parametrize(
    ("size", "dump", "level"),
    [
        (NEEDED, None, Level.OK),
        (NEEDED - 1, None, Level.WARN),
        (4 * GIB, None, Level.WARN),
        (4 * GIB - 1, None, Level.BLOCK),
        (0, OLD, Level.WARN),
        (0, OLD.model_copy(update={"size": 4 * GIB - 1}), Level.BLOCK),
        (NEEDED, OLD, Level.OK),
    ],
)
def test_whether_there_is_room_for_the_dump(size: int, dump: GuestFile | None, level: Level) -> None:
    assert told("dump-room", windows(dump=dump), volumes=free(size))[0] is level


def test_room_is_told_with_what_is_expected() -> None:
    assert told("dump-room", volumes=free(GIB)) == (
        Level.BLOCK,
        "1,024 MiB free on C:\\, 4,096 MiB to 4,353 MiB expected",
    )


def test_room_is_looked_for_on_the_volume_of_the_dump() -> None:
    mounted = (*free(0), *free(60 * GIB, r"c:\memorydump"), *free(60 * GIB, "D:\\"))
    assert told("dump-room", volumes=mounted)[0] is Level.OK
    assert told("dump-room", volumes=free(60 * GIB, "D:\\")) == (Level.UNKNOWN, "not told")
    assert told("dump-room", volumes=free(60 * GIB, r"C:\Memory")) == (Level.UNKNOWN, "not told")


@pytest.mark.parametrize(
    ("value", "level"),
    [(dword(1), Level.OK), (dword(0), Level.WARN), (None, Level.WARN)],
)
def test_whether_it_may_stop_in_recovery(value: RegistryValue | None, level: Level) -> None:
    policy = {} if value is None else {"BootStatusPolicy": value}
    assert told("boot-status", windows(keys={RELIABILITY: policy}))[0] is level
    assert told("boot-status", windows(keys={RELIABILITY: None}))[0] is Level.WARN
    assert told("boot-status", without(windows(), RELIABILITY))[0] is Level.UNKNOWN


@pytest.mark.parametrize(
    ("gib", "control", "there"),
    [
        (256, {}, False),
        (257, {}, True),
        (257, {"FilterPages": 1}, False),
        (257, {"CrashDumpEnabled": 2}, False),
    ],
)
def test_a_huge_memory_is_better_not_dumped_whole(gib: int, control: dict[str, Any], there: bool) -> None:
    found = findings(windows(control), memory_mib=gib * 1024)
    assert ("huge-memory" in found) is there
    if there:
        assert (found["huge-memory"].level, found["huge-memory"].seen) == (Level.WARN, "257 GiB")


def test_dump_filters_are_listed() -> None:
    assert told("dump-filters") == (Level.OK, "dumpfve.sys")
    assert told("dump-filters", windows({"DumpFilters": None})) == (Level.OK, "none")


VALUES = st.one_of(
    st.builds(dword, st.integers(0, 0xFFFFFFFF) | st.sampled_from([0, 1, 2, 3, 7])),
    st.builds(
        text, st.text(max_size=40) | st.sampled_from([PAGE_FILE, DUMP, "%SystemRoot%\\x", "\\??\\", "C:\\"])
    ),
)
NAMES = st.sampled_from(
    [
        "CrashDumpEnabled",
        "FilterPages",
        "DumpFile",
        "AutoReboot",
        "Overwrite",
        "AlwaysKeepMemoryDump",
        "NMICrashDump",
        "DedicatedDumpFile",
        "DumpFilters",
        "ExistingPageFiles",
        "BootStatusPolicy",
        "CurrentBuild",
        "SystemRoot",
    ]
)
FILES = st.builds(
    GuestFile,
    path=st.text(max_size=20) | st.sampled_from([PAGE_FILE, DUMP]),
    size=st.integers(0, 1 << 63),
    modified_at=st.just(NOW),
)
READINGS = st.builds(
    WindowsReadings,
    read_at=st.just(NOW),
    keys=st.dictionaries(st.sampled_from(KEYS), st.none() | st.dictionaries(NAMES, VALUES, max_size=13)),
    page_files=st.lists(FILES, max_size=3).map(tuple),
    dump=st.none() | FILES,
)
VOLUMES = st.none() | st.lists(
    st.builds(
        Volume,
        path=st.text(max_size=10) | st.just("C:\\"),
        capacity=st.integers(0, 1 << 50),
        free=st.integers(0, 1 << 50),
    ),
    max_size=3,
).map(tuple)


@given(READINGS, VOLUMES, st.none() | st.text(max_size=20), st.integers(0, 1 << 24))
def test_whatever_a_windows_tells_it_is_judged(
    readings: WindowsReadings, volumes: tuple[Volume, ...] | None, dump_file: str | None, memory: int
) -> None:
    found = findings(readings, volumes, dump_file, memory_mib=memory)
    assert {"crash-dump", "page-file", "dump-room", "overwrite"} <= set(found)
    if found["crash-dump"].level is Level.OK:
        assert readings.keys[CRASH_CONTROL] is not None
