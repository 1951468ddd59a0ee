"""Whether deliveries from Slack can arrive now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.errors import Code, VmdumpError


class Line:
    """Knows how to ask once somebody listens."""

    def __init__(self) -> None:
        self._ask: Callable[[], Awaitable[None]] | None = None

    def hold(self, ask: Callable[[], Awaitable[None]]) -> None:
        """``ask`` raises ``VmdumpError(SLACK_UNREACHABLE)`` (endpoint, cause) when they cannot."""
        self._ask = ask

    async def check(self) -> None:
        """Raises ``VmdumpError(SLACK_UNREACHABLE)`` (endpoint, cause)."""
        if self._ask is None:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint="Slack", cause="not connected yet")
        await self._ask()
