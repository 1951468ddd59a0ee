"""Whatever the bytes, the size and the reader: an answer or the one error, after little reading."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dumps import DumpFormatError, Inspection, Read, inspect
from tests.unit.dumps.header_builder import bitmap, header_32, header_64
from tests.unit.dumps.judging import judged, part
from tests.unit.dumps.linux_builder import elf, elf_32, flattened, kdump, rows
from tests.unit.dumps.samples import EXPECTED, patched, sample

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
SMALL: dict[str, bytes] = {
    **{
        f"windows{bits}-{kind}": bytes(build(kind=kind) + bitmap(first=0xA038, present=1, pages=8))
        for bits, build in ((64, header_64), (32, header_32))
        for kind in (1, 4, 6)
    },
    "kdump": bytes(kdump(*rows(40))),
    "elf": bytes(elf([(4096, 4096)] * 3)),
    "elf32": bytes(elf_32(64)),
    "flattened-kdump": bytes(flattened(kdump(*rows(40)))),
    "flattened-elf": bytes(flattened(elf([(4096, 8192)]))),
}
NAMES = st.sampled_from(sorted(SMALL))
SIZES = st.integers(0, 1 << 17) | st.integers(-5, 1 << 70)
NUMBERS = st.sampled_from([0, 1, 0xFFFF, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1])
JUNK = st.binary(min_size=1, max_size=24) | NUMBERS.map(lambda number: struct.pack("<Q", number))


def inspected(data: bytes) -> Inspection:
    return inspect(lambda offset, length: data[offset : offset + length], len(data))


@given(NAMES, st.binary(max_size=9000), SIZES)
def test_any_bytes_behind_a_magic(name: str, data: bytes, size: int) -> None:
    part(SMALL[name][:16] + data, size)


@given(NAMES, st.lists(st.tuples(st.integers(0, 0x4800), JUNK), max_size=8), SIZES | st.none())
def test_small_dumps_with_damage(name: str, damage: list[tuple[int, bytes]], size: int | None) -> None:
    data = SMALL[name]
    read = patched(lambda offset, length: data[offset : offset + length], *damage)
    judged(read, len(data) if size is None else size)


@given(st.sampled_from(sorted(EXPECTED)), st.lists(st.tuples(st.integers(0, 0xD000), JUNK), max_size=8))
def test_real_dumps_with_damage(name: str, damage: list[tuple[int, bytes]]) -> None:
    judged(patched(sample(name).read, *damage), sample(name).size)


@given(st.sampled_from(sorted(EXPECTED)), st.integers(1, 1 << 28))
def test_real_dumps_cut_anywhere(name: str, less: int) -> None:
    """QEMU writes 11 bytes behind the memory."""
    file = sample(name)
    found = judged(file.read, max(0, file.size - less - 11))
    assert found is None or found.complete is False


@given(NAMES, st.integers(16, 0x4800))
def test_what_is_not_at_hand_is_unknown_and_not_missing(name: str, at: int) -> None:
    data = SMALL[name]
    found = part(data[:at], len(data))
    assert found is not None
    assert found.complete in {None, inspected(data).complete}


@given(NAMES, st.integers(0, 0x4800))
def test_a_reader_that_breaks_spoils_no_answer(name: str, at: int) -> None:
    data = SMALL[name]

    def read(offset: int, length: int) -> bytes:
        if offset + length > at:
            raise OSError(5, "Input/output error")
        return data[offset : offset + length]

    assert judged(read, len(data)) in (None, inspected(data))


def test_a_reader_that_breaks_is_told_with_its_place() -> None:
    def read(offset: int, length: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(DumpFormatError, match="byte 0 cannot be read: Input/output error"):
        inspect(read, 9000)


@pytest.mark.parametrize("name", SMALL)
def test_a_reader_that_gives_more_than_was_asked_for(name: str) -> None:
    data = SMALL[name]
    assert inspect(lambda offset, _: data[offset:] + b"more", len(data)) == inspected(data)


@pytest.mark.parametrize("size", [0, -1, 1 << 63])
def test_no_size_of_a_file(size: int) -> None:
    with pytest.raises(DumpFormatError, match="empty" if size == 0 else "no file has"):
        inspect(lambda offset, length: SMALL["elf"][offset : offset + length], size)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_fuzzing_found_worth_keeping(path: Path) -> None:
    """Each file: what is special about the reader, the size, and the start of the dump."""
    raw = lzma.decompress(path.read_bytes())
    mode, size = struct.unpack_from("<BQ", raw)
    data = raw[9:]
    judged(_reader(mode, data), len(data) if mode & 1 else size)


def _reader(mode: int, data: bytes) -> Read:
    def read(offset: int, length: int) -> bytes:
        if mode & 4 and offset > 20000:
            raise OSError(5, "Input/output error")
        piece = data[offset : offset + length]
        return piece + bytes(length - len(piece)) if mode & 2 else piece

    return read
