"""Calling people again: while nobody has decided, and while a break-glass has not been reviewed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.entry import SITE
from bot.core.events import GlassClaimed, GlassUnreviewed, Reminded
from bot.core.policy.approvers import named
from bot.core.policy.requirement import Requirement
from bot.core.request import Request, State
from bot.core.vote import tally
from bot.ops.subject import about
from bot.requests.glass import GLASS
from bot.requests.rights import Policies
from bot.store.clock import Clock
from bot.store.commit import Committer, Step
from bot.store.reading import Reader

DAY = timedelta(hours=24)
GLASS_EVERY = timedelta(minutes=1)
"""between two looks for what was never reviewed"""


class Reminder:
    """Says each thing once: by its business key, whoever restarts in between."""

    def __init__(self, committer: Committer, reader: Reader, policies: Policies, clock: Clock) -> None:
        self._committer = committer
        self._reader = reader
        self._policies = policies
        self._clock = clock
        self._said: set[tuple[str, str]] = set()
        self._looked: datetime | None = None

    async def once(self) -> None:
        """Says what is due now."""
        now = self._clock.now()
        for request in await self._reader.in_states(frozenset({State.AWAITING})):
            if request.requirement is not None and request.deadline is not None:
                with about(request=request.id):
                    await self._undecided(request, request.requirement, request.deadline, now)
        if self._looked is None or now - self._looked >= GLASS_EVERY:
            self._looked = now
            await self._unreviewed(now)

    async def _undecided(
        self, request: Request, requirement: Requirement, deadline: datetime, now: datetime
    ) -> None:
        asked = deadline - timedelta(seconds=requirement.expires_seconds)
        for key, after, names in (
            ("reminded", requirement.remind_seconds, requirement.groups),
            ("escalated", requirement.escalate_seconds, requirement.escalate_to),
        ):
            if after is not None and now >= asked + timedelta(seconds=after):
                policy, _ = self._policies.policy()
                event = Reminded(
                    approvers=named(
                        policy, names, without=() if requirement.self_approval else (request.requester,)
                    ),
                    deadline=deadline,
                    count=len(tally(request.votes, request.digest or "")),
                    quorum=requirement.quorum,
                    escalated=key == "escalated",
                )
                await self._say(request, f"{key}/{request.round}", event)

    async def _unreviewed(self, now: datetime) -> None:
        policy, _ = self._policies.policy()
        for entry in await self._reader.entries_under(SITE, GLASS):
            claimed = entry.event
            days = (now - entry.at) // DAY
            if not isinstance(claimed, GlassClaimed) or days < 1:
                continue
            request = await self._reader.request(claimed.request)
            if request.review_owed and request.broke_glass == claimed.person and request.requirement:
                event = GlassUnreviewed(
                    person=claimed.person,
                    days=days,
                    approvers=named(policy, request.requirement.groups, without=(claimed.person,)),
                )
                await self._say(request, f"unreviewed/{days}", event)

    async def _say(self, request: Request, key: str, event: Reminded | GlassUnreviewed) -> None:
        if (request.id, key) in self._said:
            return
        self._said.add((request.id, key))

        def decide(now: Request) -> Step:
            over = isinstance(event, Reminded) and now.state is not State.AWAITING
            return Step(events=() if over else (event,))

        await self._committer.commit(request.id, key, decide)
