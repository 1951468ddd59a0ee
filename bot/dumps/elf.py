"""An ELF core: a copy of /proc/vmcore, or what makedumpfile -E or QEMU wrote.

From the ELF specification, makedumpfile's incomplete mark, and real files of both writers (64-bit). No 32-bit
core was at hand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from bot.dumps import vmcoreinfo
from bot.dumps.error import DumpFormatError
from bot.dumps.inspection import (
    Finding,
    Inspection,
    cut_off,
    doubt,
    flaw,
    not_read,
    note,
    size_findings,
    unread,
)
from bot.dumps.source import Source
from bot.dumps.vmcoreinfo import VmcoreInfo

MAGIC = b"\x7fELF"
_HEADER = 64
_CORE, _LITTLE_ENDIAN = 4, 1
_NULL, _LOAD, _NOTE = 0, 1, 4
_INCOMPLETE = 1
"""makedumpfile sets this in e_flags when the disk is full"""
_COUNTED_ELSEWHERE = 0xFFFF
"""e_phnum when the count is in the first section header's sh_info"""
MOST_SEGMENTS = 512
"""program headers that are read: 28 KiB"""
MOST_NOTES = 24 << 10
PAGE = 4096


@dataclass(frozen=True)
class _Layout:
    bits: int
    header: struct.Struct
    """e_type, e_phoff, e_shoff, e_flags, e_phnum from byte 16"""
    segment: struct.Struct
    order: tuple[int, int, int, int, int]
    """where p_type, p_offset, p_paddr, p_filesz and p_memsz are in a program header"""
    info: int
    """sh_info's place in a section header"""


_LAYOUTS = {
    1: _Layout(32, struct.Struct("<H10xIII4xH"), struct.Struct("<8I"), (0, 1, 3, 4, 5), 28),
    2: _Layout(64, struct.Struct("<H14xQQI4xH"), struct.Struct("<II6Q"), (0, 2, 4, 5, 6), 44),
}


@dataclass(frozen=True)
class _Segment:
    kind: int
    offset: int
    address: int
    """physical"""
    stored: int
    """bytes in the file"""
    length: int
    """bytes in memory"""

    @property
    def end(self) -> int:
        return self.offset + self.stored


def inspect(source: Source) -> Inspection:
    """Raises ``DumpFormatError``."""
    if source.size < _HEADER:
        return cut_off("elf", source.size, _HEADER)
    start = source.whole(0, _HEADER)
    if start is None:
        return not_read("elf", source.size)
    layout = _LAYOUTS.get(start[4])
    if layout is None or start[5] != _LITTLE_ENDIAN:
        raise DumpFormatError("its ELF header is not one of a little-endian machine")
    kind, table, sections, flags, count = layout.header.unpack_from(start, 16)
    if kind != _CORE:
        raise DumpFormatError(f"an ELF file of type {kind}, a core has type {_CORE}")
    if count == _COUNTED_ELSEWHERE:
        raw = source.whole(sections + layout.info, 4)
        count = 0 if raw is None else int.from_bytes(raw, "little")
    segments = _segments(source, layout, table, min(count, MOST_SEGMENTS))
    info, cpus = _told(source, segments)
    expected = max([table + layout.segment.size * count, *(s.end for s in segments if s.kind != _NULL)])
    findings = (*_lost(segments, count, flags), *size_findings(source.size, expected), *_without(info))
    info = info or VmcoreInfo()
    loads = [s for s in segments if s.kind == _LOAD]
    page = info.page_size or PAGE
    seen_all = len(segments) == count > 0
    return Inspection(
        "elf",
        f"{layout.bits}-bit ELF core",
        source.size,
        findings,
        expected,
        holds_all_memory=all(s.stored == s.length for s in loads) if seen_all else None,
        memory=_covered((s.address, s.length) for s in loads) if seen_all else None,
        pages=_covered((s.address, s.stored) for s in loads) // page if seen_all else None,
        cpus=cpus,
        crash_time=info.crash_time,
        os_release=info.os_release,
    )


def _segments(source: Source, layout: _Layout, table: int, count: int) -> tuple[_Segment, ...]:
    """As many as are at hand."""
    size = layout.segment.size
    raw = source.at(table, size * count)
    whole = raw[: len(raw) // size * size]
    rows = layout.segment.iter_unpack(whole)
    return tuple(_Segment(*(row[place] for place in layout.order)) for row in rows)


def _told(source: Source, segments: Iterable[_Segment]) -> tuple[VmcoreInfo | None, int | None]:
    """VMCOREINFO and the number of processors, from the first segment of notes."""
    notes = next((s for s in segments if s.kind == _NOTE), None)
    if notes is None:
        return None, None
    if notes.stored <= MOST_NOTES:
        raw = source.at(notes.offset, notes.stored)
        return vmcoreinfo.in_notes(raw), vmcoreinfo.processors(raw)
    # The registers of many processors come first, VMCOREINFO comes last.
    return vmcoreinfo.in_notes(source.at(notes.end - MOST_NOTES, MOST_NOTES)), None


def _lost(segments: tuple[_Segment, ...], count: int, flags: int) -> Iterable[Finding]:
    if flags & _INCOMPLETE:
        yield flaw("incomplete-flag", "makedumpfile marked it as incomplete: it could not write all")
    empty = sum(s.kind == _NULL for s in segments)
    if empty:
        yield flaw(
            "lost-segments", f"{empty} of {count} program headers are empty: their memory was not written"
        )
    if len(segments) != count:
        yield unread(f"{count - len(segments)} of {count} program headers")
    if not any(s.kind == _LOAD and s.stored for s in segments):
        yield doubt("no-memory", "no program header tells of memory in it")


def _without(info: VmcoreInfo | None) -> Iterable[Finding]:
    if info is None:
        text = "no VMCOREINFO was found: not of a Linux kernel, or the core of a single process"
        yield note("no-vmcoreinfo", text)
    elif info.crash_time is None:
        yield note("no-crash-time", "no crash time: taken of a kernel that had not crashed")


def _covered(ranges: Iterable[tuple[int, int]]) -> int:
    """Bytes, each counted once: the kernel's own image is mapped a second time."""
    total, reached = 0, 0
    for start, length in sorted(ranges):
        end = start + length
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
