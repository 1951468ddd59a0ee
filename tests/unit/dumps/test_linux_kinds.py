"""What the real vmcores do not show: other writers, other settings, other damage."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from bot.dumps import DumpFormatError, inspect
from bot.dumps.flattened import MOST_CHUNKS
from tests.unit.dumps.judging import codes, part, whole
from tests.unit.dumps.linux_builder import INFO, elf, elf_32, flattened, kdump, rows

CRASHED = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("pages", [2, 3, 127, 128, 129, 1024, 1025, 3000])
@pytest.mark.parametrize("zeros", [0, 1])
def test_kdump_to_the_byte(pages: int, zeros: int) -> None:
    table, end = rows(pages, zeros=zeros)
    data = kdump(table, end)
    found = whole(data)
    assert (found.complete, found.expected_size, found.pages) == (True, end, pages)
    assert (found.cpus, found.host_name, found.crash_time) == (4, "db01", CRASHED)
    cut = whole(data[:-1])
    assert (cut.complete, cut.missing) == (False, 1)
    assert whole(data + b"\0").complete is None


def test_kdump_whose_zeros_come_after_the_first_descriptors() -> None:
    """The page of zeros is the first that is stored, but only a late descriptor names it."""
    table, end = rows(2000, zeros=1)
    data = kdump([*table[1:], table[0]], end)
    found = whole(data)
    assert (found.complete, found.pages) == (True, 2000)
    assert whole(data[:-1]).missing == 1


def test_kdump_that_ends_in_zeros() -> None:
    table, end = rows(3000, zeros=1500)
    assert "all-zeros" in codes(whole(kdump([*table[1500:], *table[:1500]], end)))
    assert whole(kdump([*table[1500:], *table[:1500]], end - 1)).complete is None


def test_kdump_of_nothing_but_zeros() -> None:
    found = whole(kdump(*rows(5, zeros=5)))
    assert (found.complete, "all-zeros" in codes(found)) == (None, True)


def test_kdump_of_which_nothing_tells_the_number_of_pages() -> None:
    table, end = rows(50)
    moved = [(offset + 1, size) for offset, size in table]
    found = whole(kdump(moved, end + 1))
    assert (found.complete, codes(found)) == (None, {"descriptors", "pages-left-out"})


@pytest.mark.parametrize(
    ("number", "row", "code"),
    [
        (0, (0, 0), "lost-pages"),
        (49, (0, 0), "lost-pages"),
        (49, (18000, 0), "damaged"),
        (49, (20000, 4097), "damaged"),
        (49, (100, 50), "damaged"),
        (1, (-5, 50), "damaged"),
        (0, (100, 50), "damaged"),
    ],
)
def test_kdump_with_a_wrong_descriptor(number: int, row: tuple[int, int], code: str) -> None:
    table, end = rows(50)
    table[number] = row
    found = whole(kdump(table, end))
    assert found.complete is False
    assert code in codes(found)


def test_kdump_with_more_pages_than_the_machine() -> None:
    table, end = rows(50)
    data = kdump(table, end)
    struct.pack_into("<I", data, 440, 49)
    assert "damaged" in codes(whole(data))


def test_kdump_whose_descriptors_are_all_empty() -> None:
    assert "lost-pages" in codes(whole(kdump([(0, 0)] * 50, 20000)))


@pytest.mark.parametrize(
    ("status", "level", "kind", "everything"),
    [
        (0, 0, "kdump, not compressed, dump level 0", True),
        (2, 1, "kdump, lzo, dump level 1", False),
        (4, 31, "kdump, snappy, dump level 31", False),
        (0x20, 31, "kdump, zstd, dump level 31", False),
    ],
)
def test_kdump_tells_how_it_was_written(status: int, level: int, kind: str, *, everything: bool) -> None:
    found = whole(kdump(*rows(50), status=status, level=level))
    assert (found.kind, found.holds_all_memory, found.complete) == (kind, everything, True)


def test_one_part_of_a_split_kdump() -> None:
    found = whole(kdump(*rows(50), split=1))
    assert (found.complete, "split" in codes(found)) == (None, True)


def test_kdump_with_a_list_of_what_was_erased() -> None:
    table, end = rows(50)
    data = kdump(table, end + 100, erased=(end, 100))
    assert (whole(data).complete, whole(data).expected_size) == (True, end + 100)
    assert whole(data[:-1]).missing == 1


def test_kdump_of_an_old_version_has_no_vmcoreinfo_and_no_list() -> None:
    """What stands in place of these fields is nobody's."""
    found = whole(kdump(*rows(50), version=2, erased=(1 << 40, 1 << 40)))
    assert (found.complete, found.crash_time, found.os_release) == (True, None, "5.14.0-1.el9")


@pytest.mark.parametrize(
    ("info", "release", "at"),
    [
        (b"", "5.14.0-1.el9", None),
        (b"OSRELEASE=6.1\x1b[2J\nCRASHTIME=-5\n", "6.1?[2J", None),
        (b"OSRELEASE=\xff\nCRASHTIME=99999999999999999999\n", "\ufffd", None),
        (
            b"CRASHTIME=99999999999\nOSRELEASE=5.1",
            "5.14.0-1.el9",
            datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC),
        ),
        (INFO * 1000, "5.14.0-1.el9", CRASHED),
    ],
)
def test_vmcoreinfo_of_any_content(info: bytes, release: str, at: datetime | None) -> None:
    data = kdump(*rows(50))
    struct.pack_into("<QQ", data, 4096 + 32, len(data), len(info))
    found = whole(data + info)
    assert (found.os_release, found.crash_time) == (release, at)


@pytest.mark.parametrize(("version", "block"), [(6, 0), (6, 4095), (6, 1 << 31), (0, 4096), (-1, 4096)])
def test_kdump_of_another_layout(version: int, block: int) -> None:
    data = kdump(*rows(50), version=version)
    struct.pack_into("<I", data, 428, block)
    with pytest.raises(DumpFormatError, match="damaged, or of a kernel"):
        inspect(lambda at, n: bytes(data[at : at + n]), len(data))


def test_core_to_the_byte() -> None:
    data = elf([(4096, 4096), (8192, 16384)])
    found = whole(data)
    assert (found.complete, found.expected_size, found.cpus) == (True, len(data), 2)
    assert (found.memory, found.pages, found.holds_all_memory) == (20480, 3, False)
    assert (found.os_release, found.crash_time) == ("5.14.0-1.el9", CRASHED)
    assert whole(data[:-1]).missing == 1
    assert whole(data + b"\0").complete


def test_core_of_32_bits() -> None:
    data = elf_32(4096)
    found = whole(data)
    assert (found.kind, found.complete, found.cpus, found.pages) == ("32-bit ELF core", True, 1, 1)
    assert whole(data[:-1]).missing == 1


@pytest.mark.parametrize("cpus", [60, 68, 69, 500])
def test_core_of_many_processors_still_tells_the_kernel(cpus: int) -> None:
    found = whole(elf([(4096, 4096)], cpus=cpus))
    assert found.cpus == (cpus if cpus < 69 else None)
    assert (found.complete, found.os_release, found.crash_time) == (True, "5.14.0-1.el9", CRASHED)


def test_core_that_counts_its_segments_elsewhere() -> None:
    found = whole(elf([(4096, 4096)] * 300, elsewhere=True))
    assert (found.complete, found.pages) == (True, 300)


def test_core_of_more_segments_than_are_read() -> None:
    data = elf([(16, 16)] * 600)
    found = whole(data)
    assert (found.complete, found.pages, found.memory) == (None, None, None)
    assert "unread" in codes(found)


def test_core_with_lost_segments() -> None:
    found = whole(elf([(4096, 4096)], empty=3))
    assert (found.complete, "lost-segments" in codes(found)) == (False, True)


@pytest.mark.parametrize("loads", [[], [(0, 4096)]])
def test_core_without_memory(loads: list[tuple[int, int]]) -> None:
    found = whole(elf(loads))
    assert (found.complete, "no-memory" in codes(found)) == (None, True)


def test_core_without_vmcoreinfo() -> None:
    data = elf([(4096, 4096)])
    at = data.index(b"VMCOREINFO")
    data[at : at + 10] = b"SOMETHINGS"
    assert "no-vmcoreinfo" in codes(whole(data))


@pytest.mark.parametrize(
    ("at", "value", "reason"), [(16, 2, "type 2"), (5, 2, "little-endian"), (4, 7, "little-endian")]
)
def test_other_elf_files(at: int, value: int, reason: str) -> None:
    data = elf([(4096, 4096)])
    data[at] = value
    with pytest.raises(DumpFormatError, match=reason):
        inspect(lambda offset, n: bytes(data[offset : offset + n]), len(data))


def test_flattened_to_the_byte() -> None:
    for inner, form in ((kdump(*rows(3000)), "flattened-kdump"), (elf([(50_000, 50_000)]), "flattened-elf")):
        data = flattened(inner)
        assert (whole(data).format, whole(data).complete) == (form, True)
        for size in range(4096, len(data), 1999):
            found = part(data[:size], size)
            assert found is not None
            assert (found.complete, "truncated" in codes(found)) == (False, True)
        assert whole(data[:-1]).missing == 1


def test_flattened_takes_the_header_that_was_written_last() -> None:
    inner = kdump(*rows(50))
    marked = kdump(*rows(50), status=9)[:464]
    assert whole(flattened(inner, again=bytes(inner[:464]))).complete
    assert "incomplete-flag" in codes(whole(flattened(inner, again=bytes(marked))))


def test_flattened_with_a_part_left_out() -> None:
    """All chunks are there, and so is the mark, but the dump in them is not."""
    inner = kdump(*rows(3000))
    found = whole(flattened(inner[:-100]))
    assert (found.complete, found.missing) == (False, None)
    assert "truncated" in codes(found)


def test_flattened_something_else() -> None:
    for inner in (b"", b"no dump", bytes(9000)):
        data = flattened(inner)
        if len(inner) < 8:
            assert whole(data).complete is None
            continue
        with pytest.raises(DumpFormatError, match="the dump in it starts with"):
            inspect(lambda at, n, data=data: bytes(data[at : at + n]), len(data))  # type: ignore[misc]


def test_flattened_of_another_version() -> None:
    data = flattened(kdump(*rows(50)))
    data[31] = 2
    with pytest.raises(DumpFormatError, match="version 1"):
        inspect(lambda at, n: bytes(data[at : at + n]), len(data))


def test_flattened_of_too_many_chunks() -> None:
    """The end is there, a little too far away: that is left open."""
    start = bytes(flattened(kdump(*rows(50)))[:-16])
    chunk = struct.pack(">qq", 1 << 40, 1) + b"x"

    def read(offset: int, length: int) -> bytes:
        if offset < len(start):
            return start[offset : offset + length]
        skip = (offset - len(start)) % len(chunk)
        return (chunk * (2 + length // len(chunk)))[skip : skip + length]

    found = inspect(read, len(start) + 2 * MOST_CHUNKS * len(chunk))
    assert (found.complete, found.os_release) == (None, "5.14.0-1.el9")
    assert "too-many-chunks" in codes(found)
