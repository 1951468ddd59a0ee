"""Waking whoever waits for news, so that nobody has to poll fast."""

from __future__ import annotations

import asyncio


class Signal:
    """Each ``set`` wakes all who wait now, and the next ``wait`` of those who had not waited yet."""

    def __init__(self) -> None:
        self._count = 0
        self._event = asyncio.Event()

    @property
    def count(self) -> int:
        """How often it was set; read it before looking, give it to ``wait`` after."""
        return self._count

    def set(self) -> None:
        self._count += 1
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seen: int, *, at_most: float) -> None:
        """Returns when it was set after ``seen``, or after ``at_most`` seconds."""
        if self._count != seen:
            return
        try:
            async with asyncio.timeout(at_most):
                await self._event.wait()
        except TimeoutError:
            return
