"""Sizes as findings show them: what is there rounded down, what is needed rounded up."""

from __future__ import annotations

from datetime import datetime

MIB = 1 << 20
GIB = 1 << 30


def mib(size: int) -> str:
    """``4,096 MiB``"""
    return f"{size // MIB:,} MiB"


def needed_mib(size: int) -> str:
    return f"{-(-size // MIB):,} MiB"


def older_dump(size: int, modified_at: datetime) -> str:
    """The guest's clock."""
    return f"{modified_at:%Y-%m-%d %H:%M}, {mib(size)}"
