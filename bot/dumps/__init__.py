"""Dump formats, judged by some kilobytes and the size. Stands on nothing, not even on ``bot.core``."""

from bot.dumps.error import DumpFormatError
from bot.dumps.formats import inspect
from bot.dumps.inspection import Finding, Inspection, Weight
from bot.dumps.source import BUDGET, Read
from bot.dumps.windows import BitmapHeader, MemoryRun, WindowsHeader, read_windows_header

__all__ = [
    "BUDGET",
    "BitmapHeader",
    "DumpFormatError",
    "Finding",
    "Inspection",
    "MemoryRun",
    "Read",
    "Weight",
    "WindowsHeader",
    "inspect",
    "read_windows_header",
]
