"""Which format a file has, told by its bytes alone: a name can be anything."""

from __future__ import annotations

from bot.dumps import elf, flattened, kdump, windows_inspection
from bot.dumps.error import DumpFormatError
from bot.dumps.inspection import Inspection
from bot.dumps.source import Read, Source

_LINUX = {kdump.MAGIC: kdump.inspect, elf.MAGIC: elf.inspect, flattened.MAGIC: flattened.inspect}

_NO_FILE = 1 << 63
"""bytes; file systems count with signed words"""


def inspect(read: Read, size: int) -> Inspection:
    """Judges a dump of ``size`` bytes by at most 64 KiB of it, and of a flattened one the chunk headers.

    ``read`` may have less than the file: what it does not give is unknown, not missing. Raises
    ``DumpFormatError`` for what is no dump, contradicts itself, or cannot be read.
    """
    if not 0 < size < _NO_FILE:
        raise DumpFormatError("the file is empty" if size == 0 else f"no file has {size:,} bytes")
    source = Source(read, size)
    start = source.at(0, len(flattened.MAGIC))
    for magic, layout in windows_inspection.MAGICS.items():
        if start.startswith(magic):
            return windows_inspection.inspect(source, layout)
    for magic, judge in _LINUX.items():
        if start.startswith(magic):
            return judge(source)
    raise DumpFormatError(f"it starts with {start!r}, as no known dump does")
