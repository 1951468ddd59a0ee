"""A well-formed kdump-compressed dump of 64-bit Linux, as makedumpfile leaves it, and its flattened form.

The layout is that of makedumpfile's published headers. A few of the pages are in it, as at dump level 31; the
stored pages themselves are zeros, and so are the bitmaps.
"""

import struct
from datetime import datetime

from bot.lab.dumpfile import PAGE_BYTES, memory_runs
from bot.lab.vmcore import vmcoreinfo

_VERSION, _ZLIB, _LEVEL = 6, 1, 31
_STORED_PAGES, _STORED_BYTES = 2000, 512
_DESCRIPTOR = struct.Struct("<qIIQ")
_CHUNK = 65_000
_PAIR = struct.Struct(">qq")


def kdump(memory_bytes: int, cpus: int, crashed_at: datetime, release: str, host_name: str) -> bytes:
    """The whole file, about a megabyte."""
    pages = max(first + count for first, count in memory_runs(memory_bytes))
    bitmap_blocks = 2 * -(-pages // (8 * PAGE_BYTES))
    table = (2 + bitmap_blocks) * PAGE_BYTES
    first = table + _DESCRIPTOR.size * _STORED_PAGES
    data = bytearray(first + _STORED_PAGES * _STORED_BYTES)
    _put_header(data, crashed_at, release, host_name, (bitmap_blocks, pages, cpus))
    info = vmcoreinfo(crashed_at, release)
    at = PAGE_BYTES + 104
    struct.pack_into("<II", data, PAGE_BYTES + 8, _LEVEL, 0)
    struct.pack_into("<QQ", data, PAGE_BYTES + 32, at, len(info))
    struct.pack_into("<Q", data, PAGE_BYTES + 96, pages)
    data[at : at + len(info)] = info
    for number in range(_STORED_PAGES):
        place = first + number * _STORED_BYTES
        _DESCRIPTOR.pack_into(data, table + number * _DESCRIPTOR.size, place, _STORED_BYTES, 1, 0)
    return bytes(data)


def flattened(dump: bytes) -> bytes:
    """The same in chunks, as it is written to a pipe."""
    head = b"makedumpfile\0\0\0\0" + _PAIR.pack(1, 1)
    data = bytearray(head + bytes(PAGE_BYTES - len(head)))
    for at in range(0, len(dump), _CHUNK):
        piece = dump[at : at + _CHUNK]
        data += _PAIR.pack(at, len(piece)) + piece
    return bytes(data + _PAIR.pack(-1, -1))


def _put_header(
    data: bytearray, crashed_at: datetime, release: str, host_name: str, numbers: tuple[int, int, int]
) -> None:
    bitmap_blocks, pages, cpus = numbers
    names = ("Linux", host_name, release, "#1 SMP", "x86_64", "(none)")
    struct.pack_into("<8si", data, 0, b"KDUMP   ", _VERSION)
    for number, name in enumerate(names):
        struct.pack_into("65s", data, 12 + 65 * number, name.encode()[:64])
    struct.pack_into("<q", data, 408, int(crashed_at.timestamp()))
    struct.pack_into("<IIIII", data, 424, _ZLIB, PAGE_BYTES, 1, bitmap_blocks, pages)
    struct.pack_into("<I", data, 460, cpus)
