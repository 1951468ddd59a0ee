"""Dump formats, read from the first kilobytes of a file. Stands on nothing, not even on ``bot.core``."""

from bot.dumps.error import DumpFormatError
from bot.dumps.windows import BitmapHeader, MemoryRun, WindowsHeader, read_windows_header

__all__ = ["BitmapHeader", "DumpFormatError", "MemoryRun", "WindowsHeader", "read_windows_header"]
