"""What a Windows dump's header says of its completeness."""

from __future__ import annotations

from collections.abc import Iterator

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
from bot.dumps.windows import BITMAPS, FULL, HEADER_ONLY, TRIAGE, WindowsHeader, read_windows_header
from bot.dumps.windows_layout import BITMAP_HEADER_SIZE, LAYOUT_32, LAYOUT_64, PAGE_SIZE, PREFIX, Layout

MAGICS = {LAYOUT_64.signature: LAYOUT_64, LAYOUT_32.signature: LAYOUT_32}
_TRIAGE_HEADER = 12
"""service pack, size of the dump, offset of the mark that ends it; u32 each"""
_MARK = b"TRGD"


def inspect(source: Source, layout: Layout) -> Inspection:
    """Raises ``DumpFormatError``."""
    form = f"windows{layout.bits}"
    if source.size < layout.header_size:
        return cut_off(form, source.size, layout.header_size)
    start = source.at(0, PREFIX)
    if len(start) < layout.header_size:
        return not_read(form, source.size)
    header = read_windows_header(lambda offset, length: start[offset : offset + length])
    least = layout.header_size + _second_header(header)
    expected = header.expected_size if source.size >= least else least
    sized = () if expected is None else size_findings(source.size, expected)
    return Inspection(
        form,
        header.format,
        source.size,
        (*sized, *_findings(source, header, least)),
        expected,
        holds_all_memory=header.holds_all_memory,
        memory=header.memory,
        pages=_pages(header),
        cpus=header.processors,
        crash_time=header.crashed_at,
        bug_check=header.bug_check,
        bug_check_parameters=header.bug_check_parameters,
        os_release=None if header.build is None else str(header.build),
    )


def _second_header(header: WindowsHeader) -> int:
    """Bytes behind the first one."""
    if header.dump_type in BITMAPS:
        return BITMAP_HEADER_SIZE
    return _TRIAGE_HEADER if header.dump_type == TRIAGE else 0


def _pages(header: WindowsHeader) -> int | None:
    if header.bitmap is not None:
        return header.bitmap.present_pages
    if header.dump_type == FULL and header.memory is not None:
        return header.memory // PAGE_SIZE
    return 0 if header.dump_type in {HEADER_ONLY, TRIAGE} else None


def _findings(source: Source, header: WindowsHeader, least: int) -> Iterator[Finding]:
    if source.size >= least:
        if header.expected_size is None:
            yield doubt("no-size", "its header does not say how long it should be, or not in what was read")
        elif header.dump_type == TRIAGE:
            yield from _triage(source, header.header_size, header.expected_size)
    if header.dump_type in BITMAPS | {FULL} and _pages(header) == 0:
        yield doubt("no-memory", "it says that it holds no page of memory")
    if not header.holds_all_memory:
        yield note("pages-left-out", f"a {header.type_name} does not hold all memory")
    yield from _asked_for(source.size, header)


def _triage(source: Source, start: int, expected: int) -> Iterator[Finding]:
    """The layout behind the header is confirmed for real 64-bit dumps only, x64 and Arm."""
    raw = source.whole(start + 8, 4)
    if expected < start + _TRIAGE_HEADER:
        yield doubt("no-size", f"a size of {expected:,} bytes has no room for its own headers")
        return
    if raw is None:
        yield unread("its second header")
        return
    at = int.from_bytes(raw, "little")
    if at + len(_MARK) > source.size:
        yield flaw("no-end-mark", f"the mark that ends it belongs at byte {at:,}")
        return
    mark = source.whole(at, len(_MARK))
    if mark is None:
        yield unread(f"the mark that ends it, at byte {at:,},")
    elif mark != _MARK:
        yield flaw("no-end-mark", f"byte {at:,} begins with {mark!r}, the mark that ends it is {_MARK!r}")


def _asked_for(size: int, header: WindowsHeader) -> Iterator[Finding]:
    """Real small dumps are shorter than this without missing anything, so it is no measure."""
    wanted, kinds = header.required_space, BITMAPS | {FULL}
    if wanted is not None and wanted > size and header.dump_type in kinds:
        yield note("required-space", f"Windows asked for {wanted:,} bytes before it wrote {size:,}")
