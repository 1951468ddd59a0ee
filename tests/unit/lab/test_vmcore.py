"""The Linux dump, read by the layout of ELF cores."""

import struct
from datetime import UTC, datetime
from pathlib import Path

from bot.lab.dumpfile import PAGE_BYTES, memory_runs
from bot.lab.vmcore import write_vmcore

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MEMORY = 8 * 2**30


def test_its_segments_cover_the_memory_and_end_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vmcore"
    write_vmcore(path, MEMORY, AT)
    with path.open("rb") as file:
        head = file.read(PAGE_BYTES)
    assert (head[:7], struct.unpack_from("<HH", head, 16)) == (b"\x7fELF\x02\x01\x01", (4, 62))
    start, size, count = *struct.unpack_from("<Q", head, 32), *struct.unpack_from("<HH", head, 54)
    segments = [struct.unpack_from("<IIQQQQQQ", head, start + i * size) for i in range(count)]
    loads = [segment for segment in segments if segment[0] == 1]
    assert [(each[4], each[5]) for each in loads] == [
        (first * PAGE_BYTES, pages * PAGE_BYTES) for first, pages in memory_runs(MEMORY)
    ]
    assert max(each[2] + each[5] for each in segments) == path.stat().st_size
    assert [each[2] % PAGE_BYTES for each in loads] == [0] * len(loads)


def test_its_note_says_which_kernel_crashed_when(tmp_path: Path) -> None:
    path = tmp_path / "vmcore"
    write_vmcore(path, MEMORY, AT)
    with path.open("rb") as file:
        head = file.read(PAGE_BYTES)
    kind, _, at, _, _, size, *_ = struct.unpack_from("<IIQQQQQQ", head, 64)
    name_size, registers, what = struct.unpack_from("<III", head, at)
    assert (name_size, what, head[at + 12 : at + 17]) == (5, 1, b"CORE\0")
    of_cpu = 12 + 8 + registers
    at, size = at + of_cpu, size - of_cpu
    name_size, text_size, _ = struct.unpack_from("<III", head, at)
    name = head[at + 12 : at + 12 + name_size]
    text = head[at + 24 : at + 24 + text_size].decode()
    assert (kind, name) == (4, b"VMCOREINFO\0")
    assert f"CRASHTIME={int(AT.timestamp())}\n" in text
    assert text.startswith("OSRELEASE=5.14.")
    assert 24 + text_size <= size < 28 + text_size


def test_it_takes_no_room(tmp_path: Path) -> None:
    path = tmp_path / "vmcore"
    write_vmcore(path, MEMORY, AT)
    assert path.stat().st_blocks * 512 < 2**20
