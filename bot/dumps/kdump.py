"""The kdump-compressed format of makedumpfile and QEMU, 64-bit and little endian.

Offsets from makedumpfile's ``diskdump_mod.h``, checked on real files. Each stored page has a descriptor; the
pages follow the descriptors, in their order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
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
from bot.dumps.kdump_pages import look
from bot.dumps.source import Source
from bot.dumps.text import printable
from bot.dumps.vmcoreinfo import VmcoreInfo

MAGIC = b"KDUMP   "
HEADER = 464
_SUB_HEADER = struct.Struct("<8xII16xQQ16xQQ16xQ")
"""dump level, split, VMCOREINFO's offset and size, the erase info's offset and size, pages in 64 bits"""
_INCOMPLETE = 8
_COMPRESSIONS = {1: "zlib", 2: "lzo", 4: "snappy", 0x20: "zstd"}


@dataclass(frozen=True)
class _Header:
    version: int
    status: int
    block: int
    """bytes of a block, which is a page"""
    sub_blocks: int
    bitmap_blocks: int
    pages: int
    """one above the highest page frame"""
    cpus: int

    @property
    def descriptors(self) -> int:
        """where the page descriptors begin"""
        return (1 + self.sub_blocks + self.bitmap_blocks) * self.block


@dataclass(frozen=True)
class _SubHeader:
    dump_level: int
    """0 leaves nothing out, 31 all that makedumpfile can"""
    split: int
    info_at: int
    info_size: int
    erased_at: int
    erased_size: int
    pages: int
    """one above the highest page frame, in versions whose first header has too few bits for it; or 0"""

    @property
    def end(self) -> int:
        """where the list of what was erased on purpose ends, which is behind the pages; 0 without one"""
        return self.erased_at + self.erased_size if self.erased_at else 0


def inspect(source: Source) -> Inspection:
    """Raises ``DumpFormatError``."""
    if source.size < HEADER:
        return cut_off("kdump", source.size, HEADER)
    raw = source.whole(0, HEADER)
    if raw is None:
        return not_read("kdump", source.size)
    header = _header(raw)
    sub = _sub_header(source, header)
    info = VmcoreInfo()
    if sub is not None and sub.info_at:
        info = vmcoreinfo.parse(source.at(sub.info_at, min(sub.info_size, vmcoreinfo.MOST)))
    pages = look(source, header.descriptors, header.block, header.pages, 0 if sub is None else sub.end)
    findings = (
        *_marks(header, sub),
        *pages.findings,
        *size_findings(source.size, pages.expected_size),
        *_crash(info),
    )
    return Inspection(
        "kdump",
        _kind(header, sub),
        source.size,
        findings,
        pages.expected_size,
        holds_all_memory=None if sub is None else sub.dump_level == 0,
        memory_end=header.block * (header.pages if sub is None else sub.pages or header.pages) or None,
        pages=pages.count,
        cpus=header.cpus or None,
        crash_time=info.crash_time,
        os_release=info.os_release or _name(raw, 2),
        host_name=_name(raw, 1),
    )


def _header(raw: bytes) -> _Header:
    (version,) = struct.unpack_from("<i", raw, 8)
    status, block, sub, bitmap, pages = struct.unpack_from("<IIIII", raw, 424)
    (cpus,) = struct.unpack_from("<I", raw, 460)
    if not 1 <= version <= 99 or block not in {1 << n for n in range(10, 21)}:
        raise DumpFormatError(
            f"version {version} with blocks of {block:,} bytes: damaged, or of a kernel that is not a "
            "little-endian 64-bit one"
        )
    return _Header(version, status, block, sub, bitmap, pages, cpus)


def _sub_header(source: Source, header: _Header) -> _SubHeader | None:
    """None if it is not at hand."""
    raw = source.whole(header.block, 104)
    if raw is None:
        return None
    level, split, info_at, info_size, erased_at, erased_size, pages = _SUB_HEADER.unpack_from(raw)
    # Older versions have fewer fields, and whatever was there before in place of the others.
    if header.version < 3:
        info_at = 0
    if header.version < 5:
        erased_at = 0
    if header.version < 6:
        pages = 0
    return _SubHeader(level, split, info_at, info_size, erased_at, erased_size, pages)


def _name(raw: bytes, number: int) -> str | None:
    """Field ``number`` of the kernel's ``utsname``."""
    at = 12 + 65 * number
    return printable(raw[at : at + 65])


def _kind(header: _Header, sub: _SubHeader | None) -> str:
    packed = [name for bit, name in _COMPRESSIONS.items() if header.status & bit]
    level = "unknown" if sub is None else sub.dump_level
    return f"kdump, {' and '.join(packed) or 'not compressed'}, dump level {level}"


def _marks(header: _Header, sub: _SubHeader | None) -> Iterator[Finding]:
    if header.status & _INCOMPLETE:
        yield flaw("incomplete-flag", "makedumpfile marked it as incomplete: it could not write all")
    if sub is None:
        yield unread("its second header")
    elif sub.split:
        yield doubt("split", "one of several files that makedumpfile split the dump into")
    elif sub.dump_level:
        yield note("pages-left-out", f"dump level {sub.dump_level} leaves pages out on purpose")


def _crash(info: VmcoreInfo) -> Iterator[Finding]:
    if info.crash_time is None:
        yield note("no-crash-time", "no crash time was found: perhaps taken of a kernel that had not crashed")
