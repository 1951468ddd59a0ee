"""How large the dump will be and how long the guest is away, before either is known."""

from __future__ import annotations

from datetime import datetime

from bot.core.value import Value

FAST, SLOW = 200 << 20, 50 << 20
"""bytes/s at which a guest writes its memory; no rate is published, so both are assumed"""
QUICK_RESTART, LONG_RESTART = 120, 300
"""seconds that a restart takes; assumed too"""
SPREAD = 1.5
"""by how much a rate that was measured once may be off the next time; assumed"""


class Measured(Value):
    """How fast an earlier dump of the same VM was written."""

    rate: float
    """bytes/s"""
    request: str
    at: datetime


class Estimate(Value):
    """Least and most of each."""

    dump_bytes: tuple[int, int]
    write_seconds: tuple[int, int]
    restart_seconds: tuple[int, int]
    measured: Measured | None = None
    """None: the rate is assumed"""

    @property
    def down_seconds(self) -> tuple[int, int]:
        return (
            self.write_seconds[0] + self.restart_seconds[0],
            self.write_seconds[1] + self.restart_seconds[1],
        )


def estimate(dump_bytes: tuple[int, int], family: str, measured: Measured | None) -> Estimate:
    """For a dump of at least and at most so many bytes.

    Windows writes its memory twice, into the page file and then into the dump file, and may be slow to answer
    until the second is done.
    """
    least, most = dump_bytes
    fast, slow = (FAST, SLOW) if measured is None else (measured.rate * SPREAD, measured.rate / SPREAD)
    times = 2 if family == "windows" and measured is None else 1
    return Estimate(
        dump_bytes=dump_bytes,
        write_seconds=(round(least / fast), round(times * most / slow)),
        restart_seconds=(QUICK_RESTART, LONG_RESTART),
        measured=measured,
    )
