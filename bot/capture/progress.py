"""What the thread hears while a dump is written."""

from __future__ import annotations

from math import floor, log2
from statistics import fmean

from bot.capture.tools import Tools, plan_of
from bot.capture.waiting import Waiting
from bot.core.events import DumpProgress
from bot.core.request import Request
from bot.store.commit import Step

FIRST = 60.0
"""seconds after the crash, at the latest, that something is said"""
SAMPLE = 20.0
"""seconds: rates that are read earlier are of the time before the crash"""
MOST = 10
"""of one dump: each comes when twice as much time has passed as at the one before"""


def due(elapsed: float, least: float) -> int:
    """Number of the entry whose time has come, 0 before the first.

    From the time alone, so that a restarted bot neither repeats one nor makes up for those it missed.
    ``least`` is the least estimate of the guest's absence, seconds.
    """
    first = min(least / 4, FIRST)
    return 0 if elapsed < first else min(1 + floor(log2(elapsed / first)), MOST)


class Progress:
    """Tells when it is time."""

    def __init__(self, tools: Tools, request: Request) -> None:
        self._tools = tools
        self._request = request
        self._rates: list[int] = []

    async def tell(self, guest: Waiting) -> None:
        if guest.rate is not None and guest.elapsed >= SAMPLE:
            self._rates.append(guest.rate)
        expected = plan_of(self._request).down_seconds
        number = due(guest.elapsed, expected[0])
        key = f"progress/{number}"
        if number == 0 or await self._tools.reader.find(self._request.id, key) is not None:
            return
        event = DumpProgress(
            after_seconds=guest.elapsed,
            expected_seconds=expected,
            rate=guest.rate,
            written=self._written(guest.elapsed),
            picture=await guest.picture(),
        )
        await self._tools.committer.commit(self._request.id, key, lambda _: Step(events=(event,)))

    def _written(self, elapsed: float) -> int | None:
        """A restarted bot has no older rates, and takes those that it reads for the whole time."""
        return round(fmean(self._rates) * elapsed) if self._rates else None
