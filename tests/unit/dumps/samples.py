"""Real dumps: what QEMU and makedumpfile wrote when a Debian 12 got an NMI, or was looked at while it lived.

Each file below ``data`` is the dump's size and the pieces of it that a check of headers reads, as
(offset, length, bytes); everything else is zero here. ``expected.json`` says what is in the whole files.
"""

from __future__ import annotations

import json
import lzma
import struct
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from bot.dumps import Read

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
KDUMP, CUT_BY_DISK, FLAT, ELF, QEMU = (
    "linux61-nmi.vmcore-kdump-zlib",
    "linux61-nmi.vmcore-kdump-zlib.ENOSPC",
    "linux61-nmi.vmcore-flat",
    "linux61-nmi.vmcore-elf-d31",
    "qemu-linux61.elf",
)
Patch = tuple[int, bytes]


class Sparse:
    """A file of which only some pieces are not zero."""

    def __init__(self, size: int, pieces: list[Patch]) -> None:
        self.size = size
        self._pieces = pieces
        self._starts = [at for at, _ in pieces]

    def read(self, offset: int, length: int) -> bytes:
        end = max(offset, min(self.size, offset + length))
        data = bytearray(end - offset)
        for at, piece in self._pieces[max(0, bisect_right(self._starts, offset) - 1) :]:
            if at >= end:
                break
            low, high = max(at, offset), min(at + len(piece), end)
            if low < high:
                data[low - offset : high - offset] = piece[low - at : high - at]
        return bytes(data)


@cache
def sample(name: str) -> Sparse:
    raw = lzma.decompress((DATA / f"{name}.xz").read_bytes())
    (size,) = struct.unpack_from("<Q", raw)
    pieces, at = [], 8
    while at < len(raw):
        offset, length = struct.unpack_from("<QI", raw, at)
        pieces.append((offset, raw[at + 12 : at + 12 + length]))
        at += 12 + length
    return Sparse(size, pieces)


def patched(read: Read, *patches: Patch) -> Callable[[int, int], bytes]:
    """The same file with some bytes changed."""

    def changed(offset: int, length: int) -> bytes:
        data = bytearray(read(offset, length))
        for at, piece in patches:
            low, high = max(at, offset), min(at + len(piece), offset + len(data))
            if low < high:
                data[low - offset : high - offset] = piece[low - at : high - at]
        return bytes(data)

    return changed
