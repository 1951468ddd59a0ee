"""The dump's header against the layout of DUMP_HEADER64, read by plain struct at each offset."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.lab.dumpfile import Machine, filetime, memory_runs, write_dump

GIB = 2**30
CRASHED = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def read(data: bytes, layout: str, offset: int) -> Any:
    values = struct.unpack_from("<" + layout, data, offset)
    return values[0] if len(values) == 1 else values


def test_the_header_says_what_a_complete_dump_of_an_nmi_says(tmp_path: Path) -> None:
    path = tmp_path / "guest" / "MEMORY.DMP"
    write_dump(path, Machine(4 * GIB, 2, CRASHED, 3600.5))
    size = path.stat().st_size
    with path.open("rb") as file:
        data = file.read(0x2000)
    assert data[:8] == b"PAGEDU64"
    assert read(data, "II", 8) == (0xF, 9600)
    assert read(data, "II", 0x30) == (0x8664, 2)
    assert read(data, "I", 0x38) == 0x80
    assert read(data, "4Q", 0x40) == (0x4F4454, 0, 0, 0)
    runs, pages = read(data, "I", 0x88), read(data, "Q", 0x90)
    counts = [read(data, "QQ", 0x98 + 16 * i)[1] for i in range(runs)]
    assert sum(counts) == pages
    assert 0.99 < pages * 4096 / (4 * GIB) <= 1
    assert size == 0x2000 + pages * 4096
    assert read(data, "I", 0xF98) == 1
    assert read(data, "q", 0xFA0) == size
    since_1601 = timedelta(microseconds=read(data, "Q", 0xFA8) // 10)
    assert datetime(1601, 1, 1, tzinfo=UTC) + since_1601 == CRASHED
    assert read(data, "Q", 0x1030) == 36_005_000_000
    assert read(data, "IIII", 0x103C) == (0, 3, 0x110, 0)


def test_the_file_takes_little_room(tmp_path: Path) -> None:
    path = tmp_path / "MEMORY.DMP"
    write_dump(path, Machine(64 * GIB, 8, CRASHED, 0))
    assert path.stat().st_size > 63 * GIB
    assert path.stat().st_blocks * 512 < 2**20


@pytest.mark.parametrize("gib", [1, 3, 4, 64])
def test_the_runs_do_not_overlap_and_leave_little_out(gib: int) -> None:
    end = 0
    for base, count in memory_runs(gib * GIB):
        assert base >= end
        end = base + count
    assert 0.99 * gib * GIB < sum(count for _, count in memory_runs(gib * GIB)) * 4096 < gib * GIB


def test_a_known_filetime() -> None:
    assert filetime(datetime(1970, 1, 1, tzinfo=UTC)) == 116_444_736_000_000_000
