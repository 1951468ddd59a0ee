"""Votes that are on the message but not in the journal, or the other way round: found by reading it.

Slack says who has reacted, and not when. A vote that is found counts from the time of the reading, so none
that is found after the expiry counts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.core.entry import Entry
from bot.core.errors import VmdumpError
from bot.core.events import VoteRefused
from bot.core.policy.model import Means
from bot.core.request import STOPPABLE, Request, State
from bot.core.vote import Choice, latest
from bot.ops.subject import about
from bot.requests.ballot import Ballot
from bot.requests.ports import Act, Chat
from bot.requests.vote import Voting
from bot.store.clock import Clock
from bot.store.reading import Reader

log = logging.getLogger(__name__)

SETTLED_SECONDS = 3.0
"""age of a message before it is read: what is on its way meanwhile comes by itself, with its own time"""


@dataclass(frozen=True, slots=True)
class Found:
    reader: Reader
    chat: Chat
    clock: Clock
    voting: Voting

    async def once(self, read: set[str]) -> None:
        """Reads the messages of requests that can still be stopped, the soonest expiry first.

        ``read`` are those messages that were read since somebody listens; the others are added.
        """
        now = self.clock.now().timestamp()
        open_now = await self.reader.in_states(STOPPABLE)
        for request in sorted(open_now, key=lambda r: (r.deadline is None, r.deadline, r.id)):
            message = request.approval_message
            if message is None or message in read or now - float(message) < SETTLED_SECONDS:
                continue
            with about(request=request.id):
                try:
                    await self.on(request)
                except VmdumpError as error:
                    log.warning("the votes on %s cannot be read: %s", request.id, error.params.get("cause"))
                else:
                    read.add(message)

    async def on(self, request: Request) -> None:
        """Counts what is found on one approval message. Raises ``VmdumpError`` where it cannot be read."""
        message = request.approval_message
        if message is None:
            return
        reacted = await self.chat.reactions(request.channel, message)
        now = self.clock.now()
        entries = await self.reader.journal(request.id)
        known = {(v.person, v.choice) for v in latest(request.votes, request.digest or "")}
        known |= _refused(entries, message)
        on_it = {(one.person, one.choice) for one in reacted}
        # Denials first: between the two the safe side wins.
        for person, choice in sorted(on_it - known, key=lambda one: (one[1] is Choice.APPROVE, one[0])):
            await self._cast(request, person, choice, now)
        for vote in latest(request.votes, request.digest or ""):
            by_reaction = vote.choice is Choice.APPROVE and vote.means is Means.REACTION
            if by_reaction and (vote.person, Choice.APPROVE) not in on_it:
                # Whose clock is ahead does not matter: it is gone after it was there.
                await self._take_back(request, vote.person, max(now, vote.at))

    async def _cast(self, request: Request, person: str, choice: Choice, now: datetime) -> None:
        current = await self.reader.request(request.id)
        if current.state in STOPPABLE and current.approval_message == request.approval_message:
            if choice is Choice.APPROVE and current.state is not State.AWAITING:
                return
            await self.voting.cast(current, _ballot(current, person, choice, now))

    async def _take_back(self, request: Request, person: str, now: datetime) -> None:
        current = await self.reader.request(request.id)
        if current.state in STOPPABLE and current.approval_message == request.approval_message:
            await self.voting.take_back(current, _ballot(current, person, Choice.NONE, now))


def _ballot(request: Request, person: str, choice: Choice, now: datetime) -> Ballot:
    key = f"found/{request.round}/{person}/{choice.value}/{now.isoformat()}"
    act = Act(key=key, person=person, channel=request.channel)
    return Ballot(act=act, choice=choice, at=now, digest=request.digest or "", found=True)


def _refused(entries: tuple[Entry, ...], message: str) -> set[tuple[str, Choice]]:
    """Reactions that were refused when they came: to count, they have to be put on anew."""
    events = [entry.event for entry in entries if entry.kind == VoteRefused.kind]
    return {(e.person, e.choice) for e in events if isinstance(e, VoteRefused) and e.message == message}
