"""Small Linux dumps by the published layouts, on their own: they share no offset with the reader."""

from __future__ import annotations

import struct

BLOCK = 4096
INFO = b"OSRELEASE=5.14.0-1.el9\nPAGESIZE=4096\nCRASHTIME=1700000000\n"
Row = tuple[int, int]
"""a page's offset and stored size"""


def rows(pages: int, *, table: int = 3 * BLOCK, zeros: int = 1) -> tuple[list[Row], int]:
    """``pages`` descriptors, the first ``zeros`` of the shared page of zeros; and where the file ends."""
    end = table + 24 * pages
    found: list[Row] = []
    if zeros:
        found += [(end, BLOCK)] * zeros
        end += BLOCK
    for number in range(pages - zeros):
        found.append((end, 50 + number % 200))
        end += found[-1][1]
    return found, end


def kdump(
    table: list[Row],
    end: int,
    *,
    status: int = 1,
    level: int = 31,
    split: int = 0,
    version: int = 6,
    erased: tuple[int, int] = (0, 0),
    info: bytes = INFO,
) -> bytearray:
    data = bytearray(max(end, 3 * BLOCK + 24 * len(table)))
    data[:8] = b"KDUMP   "
    struct.pack_into("<i", data, 8, version)
    for number, name in enumerate((b"Linux", b"db01", b"5.14.0-1.el9", b"#1 SMP", b"x86_64", b"(none)")):
        data[12 + 65 * number : 12 + 65 * number + len(name)] = name
    struct.pack_into("<IIIII", data, 424, status, BLOCK, 1, 1, 1 << 20)
    struct.pack_into("<I", data, 460, 4)
    struct.pack_into("<II", data, BLOCK + 8, level, split)
    struct.pack_into("<QQ", data, BLOCK + 32, BLOCK + 200, len(info))
    data[BLOCK + 200 : BLOCK + 200 + len(info)] = info
    struct.pack_into("<QQ", data, BLOCK + 64, *erased)
    for number, (offset, size) in enumerate(table):
        struct.pack_into("<qIIQ", data, 3 * BLOCK + 24 * number, offset, size, 1, 0)
    return data[:end]


def note(name: bytes, kind: int, text: bytes) -> bytes:
    padded = name + bytes(-len(name) % 4)
    return struct.pack("<III", len(name), len(text), kind) + padded + text + bytes(-len(text) % 4)


def notes(cpus: int, info: bytes = INFO) -> bytes:
    return note(b"CORE\0", 1, bytes(336)) * cpus + note(b"VMCOREINFO\0", 0, info)


def elf(
    loads: list[tuple[int, int]],
    *,
    cpus: int = 2,
    flags: int = 0,
    empty: int = 0,
    elsewhere: bool = False,
) -> bytearray:
    """``loads`` are (bytes stored, in memory); with ``elsewhere`` a section header counts the segments."""
    count = 1 + len(loads) + empty
    said, segments = notes(cpus), 64 + (64 if elsewhere else 0)
    at = segments + 56 * count
    table = [struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(said), len(said), 0)]
    at += len(said)
    address, end = 1 << 20, at
    for stored, length in loads:
        table.append(struct.pack("<IIQQQQQQ", 1, 7, end, 0, address, stored, length, 0))
        address, end = address + length, end + stored
    table += [bytes(56)] * empty
    phnum, shoff, shnum = (0xFFFF, 64, 1) if elsewhere else (count, 0, 0)
    head = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\2\1\1",
        4,
        62,
        1,
        0,
        segments,
        shoff,
        flags,
        64,
        56,
        phnum,
        64,
        shnum,
        0,
    )
    section = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, count, 0, 0) if elsewhere else b""
    data = bytearray(head + section + b"".join(table) + said)
    return data + bytes(end - len(data))


def elf_32(stored: int) -> bytearray:
    said = notes(1)
    at = 52 + 2 * 32
    head = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 4, 3, 1, 0, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    table = struct.pack("<8I", 4, at, 0, 0, len(said), len(said), 0, 0)
    table += struct.pack("<8I", 1, at + len(said), 0xC0000000, 4096, stored, stored, 7, 0)
    return bytearray(head + table + said + bytes(stored))


def flattened(dump: bytes | bytearray, *, chunk: int = 5000, again: bytes = b"") -> bytearray:
    """``again`` is written over the start once more at the end, as makedumpfile does with its header."""
    data = bytearray(BLOCK)
    data[:12] = b"makedumpfile"
    struct.pack_into(">qq", data, 16, 1, 1)
    pieces = [(at, bytes(dump[at : at + chunk])) for at in range(0, len(dump), chunk)]
    for at, piece in [*pieces, *([(0, again)] if again else [])]:
        data += struct.pack(">qq", at, len(piece)) + piece
    return data + struct.pack(">qq", -1, -1)
