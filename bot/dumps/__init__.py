"""Dump formats, judged by some kilobytes and the size. Stands on nothing, not even on ``bot.core``."""

from bot.dumps.error import DumpFormatError
from bot.dumps.formats import inspect
from bot.dumps.inspection import Finding, Inspection, Weight
from bot.dumps.source import BUDGET, Read

__all__ = [
    "BUDGET",
    "DumpFormatError",
    "Finding",
    "Inspection",
    "Read",
    "Weight",
    "inspect",
]
