"""ELF notes of a Linux dump, and the kernel's own account of itself among them: VMCOREINFO."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.dumps.text import printable

MOST = 8 << 10
"""Bytes that are looked at; real ones take 3 to 4 KiB, and CRASHTIME comes last."""
_NAME = b"VMCOREINFO\0"
_NOTE = struct.Struct("<III")
_PRSTATUS = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class VmcoreInfo:
    os_release: str | None = None
    crash_time: datetime | None = None
    """unset in a dump of a guest that did not crash"""
    page_size: int | None = None


def parse(text: bytes) -> VmcoreInfo:
    # Each line has an end, the last one too; what has none may be cut off within its value.
    lines = (line.partition(b"=") for line in text[:MOST].split(b"\n")[:-1])
    values = {key: value for key, _, value in lines}
    seconds = _number(values.get(b"CRASHTIME", b""))
    return VmcoreInfo(
        os_release=printable(values.get(b"OSRELEASE", b"")),
        crash_time=None if seconds is None else _EPOCH + timedelta(seconds=seconds),
        page_size=_number(values.get(b"PAGESIZE", b"")),
    )


def in_notes(notes: bytes) -> VmcoreInfo | None:
    """Found by its name, so that the notes need not begin at the first byte."""
    at = notes.find(_NAME)
    if at < _NOTE.size:
        return None
    _, length, _ = _NOTE.unpack_from(notes, at - _NOTE.size)
    start = at + _padded(len(_NAME))
    return parse(notes[start : start + length])


def processors(notes: bytes) -> int | None:
    """Each processor that stopped has one NT_PRSTATUS. None if the notes break off or have none."""
    at, count = 0, 0
    while at + _NOTE.size <= len(notes):
        name, length, kind = _NOTE.unpack_from(notes, at)
        owner = notes[at + _NOTE.size : at + _NOTE.size + name]
        count += kind == _PRSTATUS and owner == b"CORE\0"
        at += _NOTE.size + _padded(name) + _padded(length)
    return count or None if at == len(notes) else None


def _padded(length: int) -> int:
    return -(-length // 4) * 4


def _number(text: bytes) -> int | None:
    """None also for what no clock and no page size comes near to."""
    return int(text) if text.isdigit() and len(text) <= 11 else None
