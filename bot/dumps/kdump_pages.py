"""Whether the pages of a kdump-compressed dump are there, from its first and last page descriptors.

The writers go through the pages in order, so the last descriptors tell where the file ends. How many there
are is written nowhere; it follows from where the first page lies, right behind the last descriptor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bot.dumps.inspection import Finding, doubt, flaw, unread
from bot.dumps.source import Source

_ROW = struct.Struct("<qII8x")
"""a page's offset in the file, its stored size, its flags"""
FIRST, LAST = 128, 1024
"""descriptors that are read: 3 and 24 KiB"""


@dataclass(frozen=True)
class Pages:
    expected_size: int
    """least size of a complete file, as far as it could be told, bytes"""
    count: int | None
    """pages that a complete file stores"""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Row:
    offset: int
    """0 where the page was never written"""
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


def look(source: Source, table: int, block: int, frames: int, erased_end: int) -> Pages:
    """``table`` is where the descriptors begin, ``frames`` how many there may be at most."""
    least = max(table + _ROW.size, erased_end)
    if source.size < least:
        return Pages(least, None, ())
    first = _first(source, table)
    if not first:
        return Pages(least, None, (unread("the list of pages"),))
    count, odd = _count(first, table, block)
    if count is None or count > frames:
        return Pages(least, None, odd or (_contradiction("more pages than the machine has"),))
    data = table + _ROW.size * count
    least = max(data, erased_end)
    if source.size < least:
        return Pages(least, count, ())
    some = min(count, LAST)
    last = _rows(source, data - _ROW.size * some, some)
    if len(last) < some:
        return Pages(least, count, (unread("the end of the list of pages"),))
    expected = max(least, *(row.end for row in last))
    return Pages(expected, count, tuple(_told_by(first, last, data, block, source.size - expected)))


def _rows(source: Source, at: int, count: int) -> list[_Row]:
    raw = source.at(at, _ROW.size * count)
    whole = raw[: len(raw) // _ROW.size * _ROW.size]
    return [_Row(offset, size) for offset, size, _ in _ROW.iter_unpack(whole)]


def _first(source: Source, table: int) -> list[_Row]:
    """The first descriptors, up to where the first page begins: in a small dump there are no more."""
    found: list[_Row] = []
    lowest = source.size
    for number, row in enumerate(_rows(source, table, FIRST)):
        if table + _ROW.size * number >= lowest:
            break
        if row.offset:
            lowest = min(lowest, row.offset)
        found.append(row)
    return found


def _count(first: list[_Row], table: int, block: int) -> tuple[int | None, tuple[Finding, ...]]:
    """How many descriptors there are, or why nobody can tell."""
    written = [row.offset for row in first if row.offset]
    if not written:
        return None, (flaw("lost-pages", f"the first {len(first):,} page descriptors are empty"),)
    room = min(written) - table
    if room < _ROW.size:
        return None, (_contradiction(f"a page at byte {min(written):,}"),)
    # The page of zeros, which many descriptors share, is stored first, where there is one; pages of all usual
    # sizes are no multiple of a descriptor.
    for gap in (room, room - block):
        if gap >= _ROW.size and gap % _ROW.size == 0:
            return gap // _ROW.size, ()
    return None, (doubt("descriptors", "nothing tells how many page descriptors there are"),)


def _told_by(first: list[_Row], last: list[_Row], data: int, block: int, extra: int) -> Iterator[Finding]:
    empty = sum(row.offset == 0 for row in last)
    if empty:
        yield flaw("lost-pages", f"{empty:,} of the last {len(last):,} page descriptors are empty")
    early = sum(row.offset == 0 for row in first)
    if early:
        yield flaw("lost-pages", f"{early:,} of the first {len(first):,} page descriptors are empty")
    wrong = [r for r in (*first, *last) if r.offset and (r.offset < data or not 0 < r.size <= block)]
    if wrong:
        yield _contradiction(f"a page of {wrong[0].size:,} bytes at byte {wrong[0].offset:,}")
    if not empty and all(row.offset <= data for row in last):
        yield doubt("all-zeros", "the last pages are all zeros, which are stored once: nothing tells the end")
    elif not empty and extra > 0:
        yield doubt("trailing", f"{extra:,} bytes follow the last page that is told of")


def _contradiction(what: str) -> Finding:
    return flaw("damaged", f"the page descriptors contradict themselves: {what}")
