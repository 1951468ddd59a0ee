"""The lab writes dumps by itself, sharing nothing with the reader: both understand the layouts alike."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from bot.dumps import Inspection
from bot.lab.dumpfile import Machine, dump_bytes, memory_runs, write_dump
from bot.lab.kdump import flattened, kdump
from bot.lab.vmcore import write_vmcore
from tests.unit.dumps.judging import codes, judged, whole

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MEMORY = 6 << 30
PAGES = sum(pages for _, pages in memory_runs(MEMORY))


def look(path: Path, less: int = 0) -> Inspection:
    with path.open("rb") as file:
        size = path.stat().st_size - less
        found = judged(lambda offset, length: os.pread(file.fileno(), length, offset), size)
    assert found is not None
    return found


def test_a_windows_dump(tmp_path: Path) -> None:
    write_dump(tmp_path / "dump", Machine(MEMORY, 4, AT, 3600))
    found = look(tmp_path / "dump")
    assert (found.complete, found.size, found.findings) == (True, dump_bytes(MEMORY), ())
    assert (found.cpus, found.crash_time, found.bug_check, found.pages) == (4, AT, 0x80, PAGES)
    assert look(tmp_path / "dump", 1).missing == 1


def test_a_vmcore(tmp_path: Path) -> None:
    write_vmcore(tmp_path / "dump", MEMORY, AT, cpus=4)
    found = look(tmp_path / "dump")
    assert found.cpus == 4
    assert (found.complete, found.findings, found.holds_all_memory) == (True, (), True)
    assert (found.crash_time, found.memory, found.pages) == (AT, PAGES * 4096, PAGES)
    assert look(tmp_path / "dump", 1).missing == 1


def test_a_kdump_and_its_flattened_form() -> None:
    data = kdump(MEMORY, 4, AT, "5.14.0-1.el9", "db01.example.com")
    found, flat = whole(data), whole(flattened(data))
    for each, form in ((found, "kdump"), (flat, "flattened-kdump")):
        assert (each.format, each.complete, codes(each)) == (form, True, {"pages-left-out"})
        assert (each.cpus, each.crash_time, each.os_release) == (4, AT, "5.14.0-1.el9")
        assert (each.host_name, each.memory_end) == ("db01.example.com", 7 << 30)
    assert whole(data[:-1]).missing == 1
    assert whole(flattened(data)[:-1]).complete is False
