"""Who is in which user group, asked for no more often than answers may be old."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from bot.core.errors import Code, VmdumpError
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import SlackFailure


@dataclass(slots=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: frozenset[str] = frozenset()
    asked_at: float | None = None
    """by the loop's clock, before the question was sent: what changed since then is not in the answer"""
    failed_at: float | None = None
    failure: VmdumpError | None = None


class Usergroups:
    """Keeps each group's members with the time of asking. A failure is told to those who wait, never kept."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._kept: defaultdict[str, _Kept] = defaultdict(_Kept)

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        """``usergroups.users.list``, at most so many seconds old; those who ask at once share one call.

        Raises ``VmdumpError(GROUP_UNREADABLE)`` (group, cause).
        """
        kept = self._kept[usergroup]
        loop = asyncio.get_running_loop()
        now = loop.time()
        async with kept.lock:
            if kept.failure is not None and kept.failed_at is not None and kept.failed_at >= now:
                # Whoever waited for it would only wait as long again.
                raise VmdumpError(kept.failure.code, **kept.failure.params)
            if kept.asked_at is None or kept.asked_at < now - at_most:
                asked_at = loop.time()
                try:
                    kept.members, kept.asked_at = await self._read(usergroup), asked_at
                except VmdumpError as failure:
                    kept.failure, kept.failed_at = failure, loop.time()
                    raise
            return kept.members

    async def _read(self, usergroup: str) -> frozenset[str]:
        try:
            answer = await self._api.read("usergroups.users.list", usergroup=usergroup)
        except SlackFailure as failure:
            raise VmdumpError(Code.GROUP_UNREADABLE, group=usergroup, cause=failure.cause) from failure
        users = answer.get("users")
        if not isinstance(users, list):
            raise VmdumpError(Code.GROUP_UNREADABLE, group=usergroup, cause="no list of users")
        return frozenset(user for user in users if isinstance(user, str))
