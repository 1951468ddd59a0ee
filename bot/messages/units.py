"""Numbers with their units, spelt the same in every message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

GIB = 1 << 30


def seconds(value: float) -> str:
    """``0.4 s``, ``47 s``, ``3 min 20 s``, ``2 h 5 min``"""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 120:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def between(pair: tuple[int, int], spelt: Callable[[int], str]) -> str:
    """``2.0 s to 4.0 s``, or one of them where both are the same."""
    least, most = spelt(pair[0]), spelt(pair[1])
    return least if least == most else f"{least} to {most}"


def size(value: int) -> str:
    return f"{value / GIB:.2f} GiB" if value >= GIB // 10 else f"{value:,} bytes"


def about(value: int) -> str:
    """``10 MiB``, ``4.2 GiB``: for what is estimated."""
    return f"{value / GIB:.1f} GiB" if value >= GIB else f"{value / (1 << 20):.0f} MiB"


def rate(value: float) -> str:
    """``88 MB/s``, ``40 kB/s``; of bytes per second."""
    return f"{value / 1e6:.0f} MB/s" if value >= 1_000_000 else f"{value / 1e3:.0f} kB/s"


def mebibytes(value: int) -> str:
    return f"{value / 1024:g} GiB" if value >= 1024 else f"{value} MiB"


def clock(value: datetime) -> str:
    return f"{value:%H:%M:%S} UTC"


def moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"


def short_hash(value: str) -> str:
    """Enough of a hash to compare by eye."""
    return f"{value[:8]}…{value[-4:]}"
