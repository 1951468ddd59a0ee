"""What the thread hears while a dump is written."""

from __future__ import annotations

from math import floor, log2

from bot.capture.tools import Tools, plan_of
from bot.capture.waiting import Waiting
from bot.core.events import DumpProgress
from bot.core.request import Request
from bot.store.commit import Step

FIRST = 60.0
"""seconds after the crash, at the latest, that something is said"""
MOST = 10
"""of one dump: each comes when twice as much time has passed as at the one before"""


def due(elapsed: float, least: float) -> int:
    """Number of the entry whose time has come, 0 before the first.

    From the time alone, so that a restarted bot neither repeats one nor makes up for those it missed.
    ``least`` is the least estimate of the guest's absence, seconds.
    """
    first = min(least / 4, FIRST)
    return 0 if elapsed < first else min(1 + floor(log2(elapsed / first)), MOST)


async def tell_progress(tools: Tools, request: Request, guest: Waiting) -> None:
    expected = plan_of(request).down_seconds
    number = due(guest.elapsed, expected[0])
    key = f"progress/{number}"
    if number == 0 or await tools.reader.find(request.id, key) is not None:
        return
    event = DumpProgress(
        after_seconds=guest.elapsed,
        expected_seconds=expected,
        picture=await guest.picture(),
    )
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,)))
