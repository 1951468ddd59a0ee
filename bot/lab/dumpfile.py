"""A well-formed complete memory dump of 64-bit Windows, as a sparse file.

The header's layout is DUMP_HEADER64's, as Volatility's wiki has it. No real complete MEMORY.DMP was at hand:
the values of the kernel's addresses and the exact borders of the memory runs are invented in the shape of
the real ones, and the memory itself is all zeros.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEADER_BYTES = 0x2000
PAGE_BYTES = 4096

_KERNEL_BUILD = 9600  # Windows Server 2012 R2
_NMI_HARDWARE_FAILURE = 0x80
_NMI_PARAMETERS = (0x4F4454, 0, 0, 0)
_COMPLETE = 1
_AMD64 = 0x8664
_SERVER = 3
_SUITES = 0x110
_STATUS_BREAKPOINT = 0x80000003
_FOUR_GIB_PAGE = 0x100000
# Guests with more memory than this get the rest of it above 4 GiB, behind the hole for devices.
_LOW_PAGES = 0xC0000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Machine:
    """What the header tells: bytes of memory, processors, when the machine crashed, and its uptime."""

    memory_bytes: int
    cpus: int
    crashed_at: datetime
    uptime_seconds: float


def memory_runs(memory_bytes: int) -> list[tuple[int, int]]:
    """(first page, pages) of the memory the kernel may use: a little less than there is, as in life."""
    pages = memory_bytes // PAGE_BYTES
    low = min(pages, _LOW_PAGES)
    runs = [(0x1, 0x9E), (0x100, low - 0x100 - 0x120)]
    if pages > low:
        runs.append((_FOUR_GIB_PAGE, pages - low))
    return runs


def dump_bytes(memory_bytes: int) -> int:
    """The size of the file: the header and every page of the runs."""
    return HEADER_BYTES + sum(pages for _, pages in memory_runs(memory_bytes)) * PAGE_BYTES


def filetime(at: datetime) -> int:
    """A moment as Windows counts: 100 ns since 1601, UTC."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 10_000_000 + delta.microseconds * 10


def header(machine: Machine) -> bytes:
    """The 0x2000 bytes in front of the memory. What the kernel leaves unset stays filled with `PAGE`."""
    data = bytearray(b"PAGE" * (HEADER_BYTES // 4))
    runs = memory_runs(machine.memory_bytes)
    total = sum(pages for _, pages in runs)
    fields: list[tuple[int, str, tuple[int | bytes, ...]]] = [
        (0x0, "4s4sII", (b"PAGE", b"DU64", 0xF, _KERNEL_BUILD)),
        (0x10, "QQQQ", (0x1A7000, 0xFFFFFA8000000000, 0xFFFFF8024C0AD6D0, 0xFFFFF8024C09B990)),
        (0x30, "II", (_AMD64, machine.cpus)),
        (0x38, "II4Q", (_NMI_HARDWARE_FAILURE, 0, *_NMI_PARAMETERS)),
        (0x60, "32s", (b"",)),
        (0x80, "Q", (0xFFFFF8024C05FA30,)),
        (0x88, "II", (len(runs), 0)),
        (0x90, "Q", (total,)),
        (0xF00, "IIQQI", (_STATUS_BREAKPOINT, 1, 0, 0xFFFFF8024BF5A0A0, 0)),
        (0xF98, "I", (_COMPLETE,)),
        (0xFA0, "q", (dump_bytes(machine.memory_bytes),)),
        (0xFA8, "Q", (filetime(machine.crashed_at),)),
        (0x1030, "Q", (int(machine.uptime_seconds * 10_000_000),)),
        (0x1038, "IIIII", (0, 0, _SERVER, _SUITES, 0)),
        (0x104C, "BB", (0, 0)),
        (0x1050, "II", (0, 1)),
    ]
    fields += [(0x98 + 16 * i, "QQ", run) for i, run in enumerate(runs)]
    for offset, layout, values in fields:
        struct.pack_into("<" + layout, data, offset, *values)
    return bytes(data)


def write_dump(path: Path, machine: Machine) -> None:
    """Write the file at its full size; it takes up little more than its header on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(header(machine))
        file.truncate(dump_bytes(machine.memory_bytes))
