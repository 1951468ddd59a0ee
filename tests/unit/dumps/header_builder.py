"""Writes dump headers by the published table, on its own: it shares no offset with the reader."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

CRASHED = datetime(2017, 2, 3, 4, 5, 6, tzinfo=UTC)


def filetime(at: datetime) -> int:
    return int((at - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


def put(data: bytearray, at: int, code: str, *values: int) -> None:
    struct.pack_into("<" + code, data, at, *values)


def header_64(*, kind: int = 1, runs: tuple[tuple[int, int], ...] = ((1, 159), (256, 1048000))) -> bytearray:
    data = bytearray(b"PAGE" * (0x2000 // 4))
    data[0:8] = b"PAGEDU64"
    put(data, 0x8, "II", 0xF, 9600)
    put(data, 0x30, "II", 0x8664, 2)
    put(data, 0x38, "I", 0x80)
    put(data, 0x40, "4Q", 0x4F4454, 0, 0, 0)
    put(data, 0x88, "IIQ", len(runs), 0, sum(count for _, count in runs))
    for i, run in enumerate(runs):
        put(data, 0x98 + 16 * i, "QQ", *run)
    put(data, 0xF98, "I", kind)
    put(data, 0xFA0, "q", 0x2000 + 4096 * sum(count for _, count in runs))
    put(data, 0xFA8, "Q", filetime(CRASHED))
    put(data, 0x1030, "Q", 36_000_000_000)
    put(data, 0x1040, "I", 3)
    return data


def header_32(*, kind: int = 1, runs: tuple[tuple[int, int], ...] = ((1, 158), (256, 130_000))) -> bytearray:
    data = bytearray(b"PAGE" * (0x1000 // 4))
    data[0:8] = b"PAGEDUMP"
    put(data, 0x8, "II", 0xF, 3790)
    put(data, 0x20, "II", 0x14C, 1)
    put(data, 0x28, "5I", 0x80, 0x4F4454, 0, 0, 0)
    put(data, 0x64, "II", len(runs), sum(count for _, count in runs))
    for i, run in enumerate(runs):
        put(data, 0x6C + 8 * i, "II", *run)
    put(data, 0xF88, "I", kind)
    put(data, 0xFA0, "q", 0x1000 + 4096 * sum(count for _, count in runs))
    put(data, 0xFB8, "Q", 36_000_000_000)
    put(data, 0xFC0, "Q", filetime(CRASHED))
    put(data, 0xF94, "I", 3)
    return data


def bitmap(*, first: int, present: int, pages: int, magic: bytes = b"SDMPDUMP") -> bytearray:
    data = bytearray(0x38)
    data[0:8] = magic
    put(data, 0x20, "QQQ", first, present, pages)
    return data
