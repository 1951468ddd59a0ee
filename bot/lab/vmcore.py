"""A well-formed complete memory dump of 64-bit Linux as an ELF core, as a sparse file.

The shape is that of an uncompressed /proc/vmcore: a note for each processor, one that says which kernel
crashed and when, and a segment for each run of memory. Registers and memory are all zeros.
"""

import struct
from datetime import datetime
from pathlib import Path

from bot.lab.dumpfile import PAGE_BYTES, memory_runs

_RELEASE = "5.14.0-427.13.1.el9_4.x86_64"
_HEADER, _SEGMENT = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")
_IDENT = b"\x7fELF\x02\x01\x01" + bytes(9)
_CORE, _AMD64, _CURRENT = 4, 62, 1
_LOAD, _NOTE = 1, 4
_PRSTATUS, _PRSTATUS_BYTES = 1, 336
_READ_WRITE_EXECUTE = 7
# Where the kernel maps all physical memory.
_DIRECT_MAP = 0xFFFF888000000000


def write_vmcore(
    path: Path, memory_bytes: int, crashed_at: datetime, release: str = _RELEASE, cpus: int = 1
) -> None:
    """Write the file at its full size; it takes up little more than its headers on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    registers = _note(b"CORE\0", _PRSTATUS, bytes(_PRSTATUS_BYTES))
    note = registers * cpus + _note(b"VMCOREINFO\0", 0, vmcoreinfo(crashed_at, release))
    runs = memory_runs(memory_bytes)
    notes_at = _HEADER.size + _SEGMENT.size * (1 + len(runs))
    segments = [_SEGMENT.pack(_NOTE, 0, notes_at, 0, 0, len(note), len(note), 0)]
    end = -(-(notes_at + len(note)) // PAGE_BYTES) * PAGE_BYTES
    for first, pages in runs:
        physical, size = first * PAGE_BYTES, pages * PAGE_BYTES
        places = (end, _DIRECT_MAP + physical, physical)
        segments.append(_SEGMENT.pack(_LOAD, _READ_WRITE_EXECUTE, *places, size, size, 0))
        end += size
    counts = (_HEADER.size, _SEGMENT.size, len(segments), 0, 0, 0)
    header = _HEADER.pack(_IDENT, _CORE, _AMD64, _CURRENT, 0, _HEADER.size, 0, 0, *counts)
    with path.open("wb") as file:
        file.write(header + b"".join(segments) + note)
        file.truncate(end)


def vmcoreinfo(crashed_at: datetime, release: str) -> bytes:
    """The kernel's account of itself, as far as the size of a page and the moment of the crash."""
    return f"OSRELEASE={release}\nPAGESIZE={PAGE_BYTES}\nCRASHTIME={int(crashed_at.timestamp())}\n".encode()


def _note(name: bytes, kind: int, text: bytes) -> bytes:
    padded = name + bytes(-len(name) % 4)
    return struct.pack("<III", len(name), len(text), kind) + padded + text + bytes(-len(text) % 4)
