"""Posting no faster than Slack takes it."""

from __future__ import annotations

import asyncio

from bot.slack.slack_limits import POST_BURST, POSTS_PER_SECOND


class Pace:
    """Per channel ``burst`` messages at once, then ``per_second``; ``math.inf`` does not wait."""

    def __init__(self, *, per_second: float = POSTS_PER_SECOND, burst: int = POST_BURST) -> None:
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval
        self._booked: dict[str, float] = {}
        """the loop's time up to which a steady pace has used the channel up"""

    async def turn(self, channel: str) -> None:
        """Waits for this message's turn."""
        now = asyncio.get_running_loop().time()
        booked = max(self._booked.get(channel, now), now)
        self._booked[channel] = booked + self._interval
        wait = booked - self._slack - now
        if wait > 0:
            await asyncio.sleep(wait)

    def hold(self, channel: str, seconds: float) -> None:
        """No further message for that long: Slack said so."""
        until = asyncio.get_running_loop().time() + seconds + self._slack
        self._booked[channel] = max(self._booked.get(channel, 0.0), until)
