"""The header says what was written, and any other bytes get a reason."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dumps import DumpFormatError
from bot.dumps.windows import BitmapHeader, MemoryRun, WindowsHeader, read_windows_header
from tests.unit.dumps.header_builder import CRASHED, bitmap, header_32, header_64, put


def parse(data: bytes | bytearray) -> WindowsHeader:
    return read_windows_header(lambda offset, n: bytes(data[offset : offset + n]))


def test_complete_64_bit_dump_after_an_nmi() -> None:
    header = parse(header_64())
    assert header.format == "64-bit complete memory dump"
    assert header.signature == "PAGEDU64"
    assert header.holds_all_memory
    assert header.memory_runs == (MemoryRun(1, 159), MemoryRun(256, 1048000))
    assert header.memory == (159 + 1048000) * 4096
    assert header.expected_size == 0x2000 + (159 + 1048000) * 4096
    assert (header.processors, header.machine, header.build, header.product_type) == (2, 0x8664, 9600, 3)
    assert header.bug_check == 0x80
    assert header.bug_check_parameters == (0x4F4454, 0, 0, 0)
    assert header.crashed_at == CRASHED
    assert header.uptime == timedelta(hours=1)
    assert header.required_space == header.expected_size


def test_complete_32_bit_dump() -> None:
    header = parse(header_32())
    assert header.format == "32-bit complete memory dump"
    assert header.expected_size == 0x1000 + (158 + 130_000) * 4096
    assert header.bug_check_parameters == (0x4F4454, 0, 0, 0)
    assert (header.crashed_at, header.uptime, header.processors) == (CRASHED, timedelta(hours=1), 1)


def test_fields_left_unset_are_absent() -> None:
    data = header_64()
    for at, size in ((0x30, 12), (0x40, 32), (0x88, 0x2A0), (0xFA0, 16), (0x1030, 8)):
        data[at : at + size] = b"PAGE" * (size // 4)
    header = parse(data)
    assert header.memory is None
    assert header.memory_runs == ()
    assert header.expected_size is None
    assert (header.processors, header.bug_check, header.bug_check_parameters) == (None, None, ())
    assert (header.crashed_at, header.uptime, header.required_space) == (None, None, None)


def test_bitmap_dump_of_which_the_real_size_is_published() -> None:
    """rizin's bmp.dmp: first page 0xa038, 0x544b pages present, 0x5455038 bytes."""
    header = parse(header_64(kind=6) + bitmap(first=0xA038, present=0x544B, pages=0x40000))
    assert header.bitmap == BitmapHeader(0xA038, 0x544B, 0x40000)
    assert header.expected_size == 0x5455038
    assert not header.holds_all_memory


def test_bitmap_behind_the_prefix_leaves_the_size_unknown() -> None:
    header = parse(header_64(kind=5))
    assert (header.bitmap, header.expected_size, header.holds_all_memory) == (None, None, True)


def test_small_dump_says_its_own_size() -> None:
    """A real small dump of 1,444,532 bytes says 1,286,796: extra data follows."""
    triage = bytearray(16)
    put(triage, 4, "I", 1_286_796)
    assert parse(header_64(kind=4) + triage).expected_size == 1_286_796


def _with(at: int, code: str, *values: int, kind: int = 1) -> bytearray:
    data = header_64(kind=kind)
    put(data, at, code, *values)
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\0 no dump", "starts with"),
        (b"PAGEDU64", "8 bytes, a header takes 8192"),
        (header_32()[:100], "100 bytes, a header takes 4096"),
        (_with(0xF98, "I", 99), "dump type 99"),
        (_with(0xF98, "I", 0x45474150), "dump type unset"),
        (_with(0x88, "I", 43), "43 memory runs"),
        (_with(0x90, "Q", 7), "its memory map says 7"),
        (_with(0xFA8, "Q", 2**64 - 1), "no date"),
        (header_64(kind=6) + bitmap(first=0xA038, present=9, pages=8), "contradicts itself"),
        (header_64(kind=6) + bitmap(first=8, present=1, pages=8), "contradicts itself"),
        (
            header_64(kind=6) + bitmap(first=0xA038, present=1, pages=8, magic=b"WHATEVER"),
            "its bitmap starts",
        ),
    ],
)
def test_malformed_headers_get_a_reason(data: bytes | bytearray, reason: str) -> None:
    with pytest.raises(DumpFormatError, match=reason):
        parse(data)


def test_one_read_of_one_prefix_is_enough() -> None:
    asked: list[tuple[int, int]] = []

    def read(offset: int, n: int) -> bytes:
        asked.append((offset, n))
        return bytes(header_64()[offset : offset + n])

    read_windows_header(read)
    assert asked == [(0, 8248)]


@given(st.binary(max_size=9000))
def test_any_bytes_are_a_header_or_an_error(data: bytes) -> None:
    with suppress(DumpFormatError):
        parse(data)


@given(
    st.sampled_from([header_32, header_64]),
    st.integers(0, 10),
    st.lists(st.tuples(st.integers(8, 0x1FFF), st.binary(min_size=1, max_size=16)), max_size=12),
    st.integers(0x1000, 0x2038),
)
def test_damaged_headers_are_a_header_or_an_error(
    build: Callable[..., bytearray], kind: int, damage: list[tuple[int, bytes]], length: int
) -> None:
    data = build(kind=kind) + bitmap(first=0xA038, present=1, pages=8)
    for at, junk in damage:
        data[at : at + len(junk)] = junk
    with suppress(DumpFormatError):
        parse(data[:length])
