"""The header of a Windows crash dump, and the size that a complete file has at least."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dumps import windows_fields as field
from bot.dumps.error import DumpFormatError
from bot.dumps.source import Read
from bot.dumps.windows_layout import BITMAP_HEADER_SIZE, LAYOUT_32, LAYOUT_64, PAGE_SIZE, PREFIX, Layout

FULL, SUMMARY, HEADER_ONLY, TRIAGE, BITMAP_FULL, BITMAP_KERNEL = 1, 2, 3, 4, 5, 6
_TYPES = {
    0: "unknown",
    FULL: "complete memory dump",
    SUMMARY: "kernel memory dump (old form)",
    HEADER_ONLY: "header without memory",
    TRIAGE: "small memory dump",
    BITMAP_FULL: "complete memory dump (bitmap)",
    # The settings "kernel", "automatic" and "active" all write this one.
    BITMAP_KERNEL: "kernel, automatic or active memory dump (bitmap)",
    7: "automatic memory dump",
    8: "kernel memory dump written by a debugger",
    9: "kernel and user memory dump written by a debugger",
    10: "complete memory dump written by a debugger",
}
BITMAPS = frozenset({BITMAP_FULL, BITMAP_KERNEL, 8, 9, 10})
_ALL_MEMORY = frozenset({FULL, BITMAP_FULL, 10})
_MOST_PAGES = 0x7FFFFFFF


@dataclass(frozen=True)
class MemoryRun:
    """Physical pages that follow each other; a page is 4096 bytes."""

    first_page: int
    pages: int


@dataclass(frozen=True)
class BitmapHeader:
    first_page_offset: int
    """bytes from the file's start to the first page"""
    present_pages: int
    """pages that the file holds"""
    pages: int
    """pages that the bitmap tells of"""


@dataclass(frozen=True)
class WindowsHeader:
    """None stands for a field that the writer left unset, or that lies behind what could be read."""

    bits: int
    """64 or 32"""
    signature: str
    """``PAGEDU64`` or ``PAGEDUMP``"""
    dump_type: int
    type_name: str
    """``complete memory dump``"""
    holds_all_memory: bool
    header_size: int
    """bytes"""
    expected_size: int | None
    """Least size of a complete file, bytes; secondary data may follow. None where nothing tells."""
    memory_runs: tuple[MemoryRun, ...]
    memory: int | None
    """RAM in the memory map, bytes; a little below the machine's, since firmware keeps some"""
    processors: int | None
    machine: int | None
    """0x8664 x64, 0xaa64 Arm, 0x14c x86"""
    bug_check: int | None
    bug_check_parameters: tuple[int, ...]
    """four, or none where they are unset; an NMI gives 0x80 (0x4f4454, 0, 0, 0)"""
    crashed_at: datetime | None
    """the guest's clock, UTC"""
    uptime: timedelta | None
    required_space: int | None
    """Bytes that the writer asked for. Real small dumps are shorter than that: no measure of completeness."""
    build: int | None
    """the kernel's build, which is not always the one that winver shows"""
    product_type: int | None
    """1 workstation, 2 domain controller, 3 server"""
    bitmap: BitmapHeader | None

    @property
    def format(self) -> str:
        return f"{self.bits}-bit {self.type_name}"


def read_windows_header(read: Read) -> WindowsHeader:
    """Reads one prefix of 8248 bytes, whatever the size of the file. Raises ``DumpFormatError``."""
    data = read(0, PREFIX)
    layout = _layout(data)
    if len(data) < layout.header_size:
        raise DumpFormatError(f"{len(data)} bytes, a header takes {layout.header_size}")
    dump_type = field.u32(data, layout.dump_type)
    if dump_type not in _TYPES:
        seen = "unset" if dump_type is None else str(dump_type)
        raise DumpFormatError(f"dump type {seen} is not known")
    pages, runs = _memory_map(data, layout)
    bitmap = _bitmap(data, layout) if dump_type in BITMAPS else None
    return WindowsHeader(
        bits=layout.bits,
        signature=layout.signature.decode(),
        dump_type=dump_type,
        type_name=_TYPES[dump_type],
        holds_all_memory=dump_type in _ALL_MEMORY,
        header_size=layout.header_size,
        expected_size=_expected_size(data, layout, dump_type, runs, bitmap),
        memory_runs=runs,
        memory=None if pages is None else pages * PAGE_SIZE,
        processors=field.u32(data, layout.processors),
        machine=field.u32(data, layout.machine),
        bug_check=field.u32(data, layout.bug_check),
        bug_check_parameters=_parameters(data, layout),
        crashed_at=field.moment(data, layout.system_time),
        uptime=field.duration(data, layout.uptime),
        required_space=field.u64(data, layout.required_space),
        build=field.u32(data, 0xC),
        product_type=field.u32(data, layout.product_type),
        bitmap=bitmap,
    )


def _layout(data: bytes) -> Layout:
    for layout in (LAYOUT_64, LAYOUT_32):
        if data[:8] == layout.signature:
            return layout
    if not data:
        raise DumpFormatError("the file is empty")
    raise DumpFormatError(f"it starts with {data[:8]!r}, a Windows dump with PAGEDU64 or PAGEDUMP")


def _memory_map(data: bytes, layout: Layout) -> tuple[int | None, tuple[MemoryRun, ...]]:
    """Pages of RAM, and the runs that they lie in."""
    count = field.u32(data, layout.memory)
    # The 64-bit form pads the count to eight bytes.
    pages = field.word(data, layout.memory + layout.word_size, layout.word)
    if count is None or pages is None:
        return None, ()
    if count > layout.most_runs:
        raise DumpFormatError(f"{count} memory runs, a header has room for {layout.most_runs}")
    numbers = struct.unpack_from(f"<{2 * count}{layout.word}", data, layout.runs)
    runs = tuple(MemoryRun(base, size) for base, size in zip(numbers[::2], numbers[1::2], strict=True))
    told = sum(run.pages for run in runs)
    if told != pages:
        raise DumpFormatError(f"its memory runs make {told} pages, its memory map says {pages}")
    return pages, runs


def _parameters(data: bytes, layout: Layout) -> tuple[int, ...]:
    offsets = (layout.parameters + i * layout.word_size for i in range(4))
    values = [field.word(data, offset, layout.word) for offset in offsets]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else ()


def _bitmap(data: bytes, layout: Layout) -> BitmapHeader | None:
    start = layout.header_size
    raw = data[start : start + BITMAP_HEADER_SIZE]
    if len(raw) < BITMAP_HEADER_SIZE:
        return None
    if raw[:8] not in (b"SDMPDUMP", b"FDMPDUMP"):
        raise DumpFormatError(f"its bitmap starts with {raw[:8]!r}, not with SDMPDUMP or FDMPDUMP")
    first, present, pages = struct.unpack_from("<QQQ", raw, 0x20)
    if present > pages or pages > _MOST_PAGES or first < start + BITMAP_HEADER_SIZE:
        raise DumpFormatError(
            f"its bitmap contradicts itself: {present} of {pages} pages, the first at byte {first}"
        )
    return BitmapHeader(first_page_offset=first, present_pages=present, pages=pages)


def _expected_size(
    data: bytes, layout: Layout, dump_type: int, runs: tuple[MemoryRun, ...], bitmap: BitmapHeader | None
) -> int | None:
    if dump_type == FULL and runs:
        return layout.header_size + PAGE_SIZE * sum(run.pages for run in runs)
    if bitmap is not None:
        return bitmap.first_page_offset + PAGE_SIZE * bitmap.present_pages
    if dump_type == TRIAGE and len(data) >= layout.header_size + 8:
        return field.u32(data, layout.header_size + 4)
    if dump_type == HEADER_ONLY:
        return layout.header_size
    return None
