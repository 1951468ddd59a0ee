"""What the chat's answer to a post means for the request."""

from __future__ import annotations

from bot.core.entry import SITE, Event
from bot.core.events import Announced, Planned
from bot.core.request import Request, State
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


class Announcing:
    def __init__(self, committer: Committer, reader: Reader) -> None:
        self._committer = committer
        self._reader = reader

    async def posted(self, journal: str, seq: int, message: str) -> None:
        """An entry is in the chat as ``message``; may be told twice.

        The first message of a request becomes its thread. From an approval message on, reactions count.
        """
        if journal == SITE:
            return
        event = (await self._reader.entry(journal, seq)).event
        if not isinstance(event, Planned):
            return
        announced: tuple[Event, ...] = (Announced(round=event.round, message=message),)

        def decide(now: Request) -> Step:
            current = now.state is State.PLANNED and now.round == event.round
            changed = {"thread": now.thread or message}
            if current:
                changed["approval_message"] = message
            return Step(events=announced, to=State.AWAITING if current else None, set=changed)

        await self._committer.commit(journal, f"announced/{event.round}", decide)
