"""After a time in which nobody listened, votes are looked for on their messages."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.core.errors import VmdumpError
from bot.requests.found import Found

log = logging.getLogger(__name__)


class CatchUp:
    """``listening`` raises ``VmdumpError`` while no delivery can arrive; it is asked after each ``pause``."""

    def __init__(
        self, found: Found, listening: Callable[[], Awaitable[None]], pause: Callable[[], Awaitable[None]]
    ) -> None:
        self._found = found
        self._listening = listening
        self._pause = pause
        self._read: set[str] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except Exception:
                # A database that is away for a while: it is looked for again.
                log.exception("looking for votes failed")
            await self._pause()

    async def once(self) -> None:
        """Reads each message once since listening began anew; also one that is known only later."""
        try:
            await self._listening()
        except VmdumpError:
            self._read.clear()
            return
        await self._found.once(self._read)
