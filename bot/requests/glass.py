"""Break-glass: how often somebody may, counted so that two at once are two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import GlassClaimed
from bot.core.policy.model import BREAK_GLASS_REASON, Policy
from bot.core.request import Request
from bot.requests.ballot import Ballot
from bot.store.commit import Committer
from bot.store.reading import Reader

DAY = timedelta(hours=24)
GLASS = "glass/"
"""what the keys of claims begin with"""


@dataclass(frozen=True, slots=True)
class Glass:
    committer: Committer
    reader: Reader

    async def claim(self, policy: Policy, request: Request, ballot: Ballot, now: datetime) -> None:
        """Spends one of the person's times before the vote is counted; a crash in between leaves it spent.

        Raises ``VmdumpError``: ``REASON_NEEDED``, ``BREAK_GLASS_SPENT``.
        """
        if len(ballot.reason.strip()) < BREAK_GLASS_REASON:
            raise VmdumpError(Code.REASON_NEEDED, pattern=f"at least {BREAK_GLASS_REASON} characters")
        while True:
            own = await self.reader.entries_under(SITE, f"{GLASS}{ballot.person}/")
            if any(isinstance(c := e.event, GlassClaimed) and c.delivery == ballot.key for e in own):
                return
            if len([e for e in own if now - e.at < DAY]) >= policy.break_glass_per_day:
                raise VmdumpError(Code.BREAK_GLASS_SPENT, limit=policy.break_glass_per_day)
            event = GlassClaimed(person=ballot.person, request=request.id, delivery=ballot.key)
            # Whoever comes second with the same number finds the other's entry, and counts again.
            key = f"{GLASS}{ballot.person}/{len(own) + 1}"
            (entry,) = await self.committer.note(key, event, actor=ballot.person)
            if entry.event == event:
                return
