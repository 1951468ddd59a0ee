"""Where the fields of a Windows dump header lie.

From Microsoft's published DUMP_HEADER64 and DUMP_HEADER32, with which kdmp-parser, volatility3, QEMU, rizin
and LeechCore agree. Little endian.
"""

from __future__ import annotations

from dataclasses import dataclass

PAGE_SIZE = 4096


@dataclass(frozen=True)
class Layout:
    """Offsets in bytes from the start of the file."""

    bits: int
    signature: bytes
    header_size: int
    processors: int
    machine: int
    bug_check: int
    parameters: int
    memory: int
    runs: int
    most_runs: int
    dump_type: int
    required_space: int
    system_time: int
    uptime: int
    product_type: int

    @property
    def word(self) -> str:
        """``struct`` code of a pointer-sized field."""
        return "Q" if self.bits == 64 else "I"

    @property
    def word_size(self) -> int:
        return self.bits // 8


LAYOUT_64 = Layout(
    bits=64,
    signature=b"PAGEDU64",
    header_size=0x2000,
    machine=0x30,
    processors=0x34,
    bug_check=0x38,
    parameters=0x40,
    memory=0x88,
    runs=0x98,
    most_runs=42,
    dump_type=0xF98,
    required_space=0xFA0,
    system_time=0xFA8,
    uptime=0x1030,
    product_type=0x1040,
)
LAYOUT_32 = Layout(
    bits=32,
    signature=b"PAGEDUMP",
    header_size=0x1000,
    machine=0x20,
    processors=0x24,
    bug_check=0x28,
    parameters=0x2C,
    memory=0x64,
    runs=0x6C,
    most_runs=86,
    dump_type=0xF88,
    required_space=0xFA0,
    system_time=0xFC0,
    uptime=0xFB8,
    product_type=0xF94,
)
BITMAP_HEADER_SIZE = 0x38
PREFIX = LAYOUT_64.header_size + BITMAP_HEADER_SIZE
"""bytes from the file's start that decide everything this package says, for dumps of any size"""
