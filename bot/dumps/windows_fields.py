"""Single fields of a Windows dump header; None where the writer left one unset.

Windows fills the header with the word ``PAGE`` before it sets what it knows.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from bot.dumps.error import DumpFormatError

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def _unless_filled(data: bytes, offset: int, code: str) -> int | None:
    size = struct.calcsize("<" + code)
    raw = data[offset : offset + size]
    if raw == b"PAGE" * (size // 4):
        return None
    (value,) = struct.unpack("<" + code, raw)
    return int(value)


def u32(data: bytes, offset: int) -> int | None:
    return _unless_filled(data, offset, "I")


def u64(data: bytes, offset: int) -> int | None:
    return _unless_filled(data, offset, "Q")


def word(data: bytes, offset: int, code: str) -> int | None:
    """A field as wide as a pointer; ``code`` is ``Q`` or ``I``."""
    return _unless_filled(data, offset, code)


def moment(data: bytes, offset: int) -> datetime | None:
    """A FILETIME (100 ns since 1601) as UTC; zero counts as unset."""
    ticks = u64(data, offset)
    if not ticks:
        return None
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        raise DumpFormatError(f"the crash time 0x{ticks:x} is no date") from None


def duration(data: bytes, offset: int) -> timedelta | None:
    """A count of 100 ns."""
    ticks = u64(data, offset)
    return None if ticks is None else timedelta(microseconds=ticks // 10)
