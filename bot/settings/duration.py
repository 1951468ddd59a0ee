"""Durations as people write them: ``500ms``, ``90s``, ``15m``, ``2h``, ``1d``, ``1h30m``."""

from __future__ import annotations

import re

UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

_PART = re.compile(r"(\d{1,9})(ms|[smhd])")
_WHOLE = re.compile(r"(?:\d{1,9}(?:ms|[smhd]))+", re.ASCII)


def parse_duration(text: object) -> float:
    """Seconds. Raises ``ValueError`` for anything else, numbers without a unit too."""
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise ValueError("is not a duration")
    units = [unit for _, unit in _PART.findall(text)]
    if len(units) != len(set(units)):
        raise ValueError("names a unit twice")
    return sum(int(number) * UNITS[unit] for number, unit in _PART.findall(text))


def format_duration(seconds: float) -> str:
    """The shortest spelling: ``5400.0`` is ``1h30m``."""
    left = round(seconds * 1000)
    text = ""
    for unit, size in UNITS.items():
        number, left = divmod(left, round(size * 1000))
        text += f"{number}{unit}" if number else ""
    return text or "0s"
