"""makedumpfile's flattened form: a dump in chunks, each with the place it belongs to, for writing to a pipe.

Debian's kdump-tools always write it, as does QEMU. From makedumpfile's ``makedumpfile.h``, checked on a
real file.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import replace

from bot.dumps import elf, kdump
from bot.dumps.error import DumpFormatError
from bot.dumps.inspection import (
    Finding,
    Inspection,
    Weight,
    cut_off,
    doubt,
    flaw,
    not_read,
    note,
    size_findings,
    unread,
)
from bot.dumps.source import Source

MAGIC = b"makedumpfile\0\0\0\0"
_START = 4096
_PAIR = struct.Struct(">qq")
_END = (-1, -1)
MOST_CHUNKS = 1 << 20
"""Chunk headers that are walked. A chunk is some 64 KiB: this is enough for 64 GiB."""
_ALL_ONES = b"\xff" * _PAIR.size
"""the mark of the end as it is stored"""
_UNBOUNDED = 1 << 62
_INNER = (("kdump", kdump.MAGIC, kdump.inspect), ("elf", elf.MAGIC, elf.inspect))


class _Walk:
    """Goes from chunk to chunk, as far as they are at hand, and puts together what they hold."""

    def __init__(self, source: Source) -> None:
        self._source = source
        # There may be a million chunks: where each belongs, where its bytes are in this file, and how many.
        self._to, self._at, self._length = array("q"), array("q"), array("q")
        self.ended = False
        self.expected_size: int
        """what the file needs for what the walk met, bytes"""
        self.findings = tuple(self._walk())

    def _walk(self) -> Iterator[Finding]:
        at = _START
        for _ in range(MOST_CHUNKS):
            self.expected_size = at + _PAIR.size
            raw = self._source.beside(at, _PAIR.size)
            if len(raw) < _PAIR.size:
                # Too short a file says so by its size.
                if self.expected_size <= self._source.size:
                    yield self._by_its_end(at)
                return
            to, length = _PAIR.unpack(raw)
            if (to, length) == _END:
                self.ended = True
                return
            if to < 0 or length <= 0:
                yield flaw("damaged", f"there is no chunk at byte {at:,}, nor the mark of the end")
                return
            at += _PAIR.size
            self._to.append(to)
            self._at.append(at)
            self._length.append(length)
            at += length
        yield doubt("too-many-chunks", f"{MOST_CHUNKS:,} chunks were walked, up to byte {at:,}")

    def _by_its_end(self, at: int) -> Finding:
        """Where the way is not at hand: makedumpfile writes the mark only after everything else."""
        end = self._source.at(self._source.size - _PAIR.size - 1, _PAIR.size + 1)
        if len(end) <= _PAIR.size:
            return unread(f"the chunk at byte {at:,}")
        if not end.endswith(_ALL_ONES):
            return flaw("no-end-mark", "the mark of the end is not at its end; nothing tells what is missing")
        if end == b"\xff" + _ALL_ONES:
            # Perhaps it is cut within a page of ones.
            return unread(f"the chunk at byte {at:,}")
        self.expected_size = self._source.size
        return note("not-walked", f"the mark of the end is there; chunks from byte {at:,} on were not read")

    def _chunks(self) -> Iterator[tuple[int, int, int]]:
        return zip(self._to, self._at, self._length, strict=True)

    @property
    def size(self) -> int:
        """Bytes of the dump, once it is put together; a walk that did not end cannot tell."""
        return max((to + length for to, _, length in self._chunks()), default=0) if self.ended else _UNBOUNDED

    def read(self, offset: int, length: int) -> bytes:
        """Of the dump put together, up to what is not at hand; what was never written is zero."""
        data = bytearray(length)
        known = bytearray([self.ended]) * length
        for to, at, size in self._chunks():
            if to >= offset + length or to + size <= offset:
                continue
            low, high = max(to, offset), min(to + size, offset + length)
            piece = self._source.at(at + low - to, high - low)
            padding = bytes(high - low - len(piece))
            # Later chunks replace earlier ones: the header is written again at the end.
            data[low - offset : high - offset] = piece + padding
            known[low - offset : high - offset] = b"\1" * len(piece) + padding
        hole = known.find(0)
        return bytes(data if hole < 0 else data[:hole])


def inspect(source: Source) -> Inspection:
    """Reads the header of each chunk besides what the dump in it needs. Raises ``DumpFormatError``."""
    if source.size < _START + _PAIR.size:
        return cut_off("flattened", source.size, _START + _PAIR.size)
    version = source.whole(len(MAGIC), _PAIR.size)
    if version is None:
        return not_read("flattened", source.size)
    if version != _PAIR.pack(1, 1):
        raise DumpFormatError("a flattened file, but not of type 1 and version 1")
    walk = _Walk(source)
    inner = _inner(Source(walk.read, walk.size))
    # Nothing that depends on the dump's size counts before the size is known.
    told = [f for f in inner.findings if walk.ended or f.weight is Weight.NOTE]
    if walk.ended and source.size > walk.expected_size:
        told.append(
            note("trailing", f"{source.size - walk.expected_size:,} bytes follow the mark of the end")
        )
    return replace(
        inner,
        size=source.size,
        expected_size=walk.expected_size,
        findings=(*walk.findings, *size_findings(source.size, walk.expected_size), *told),
    )


def _inner(source: Source) -> Inspection:
    start = source.at(0, 8)
    for form, magic, judge in _INNER:
        if start.startswith(magic):
            found = judge(source)
            return replace(found, format=f"flattened-{form}", kind=f"{found.kind}, flattened")
    if len(start) < 8:
        return Inspection("flattened", "flattened", 0, (unread("the header of the dump in it"),))
    raise DumpFormatError(f"flattened, and the dump in it starts with {start!r}")
