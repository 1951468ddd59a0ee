"""Doing what somebody asked for, or telling them alone why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.core.entry import SITE
from bot.core.errors import VmdumpError
from bot.core.events import AskRefused
from bot.requests.ask import private, refusal
from bot.requests.ports import Act
from bot.requests.rights import Policies
from bot.store.commit import Committer
from bot.store.reading import Reader

A = TypeVar("A", bound=Act)


@dataclass(frozen=True, slots=True)
class Refusing:
    committer: Committer
    reader: Reader
    policies: Policies

    async def unless_refused(self, act: A, text: str, work: Callable[[A], Awaitable[None]]) -> None:
        """Does the work, which raises ``VmdumpError`` for what is not to be done; ``text`` names the act.

        What was refused before, or answered, is not done again: that stands, whatever has changed since.
        """
        if await self.reader.find(SITE, act.key) is not None:
            return
        try:
            await work(act)
        except VmdumpError as error:
            await self.tell(act, text, error)

    async def tell(self, act: Act, text: str, error: VmdumpError) -> None:
        event: AskRefused = refusal(self.policies, act, text, error)
        await self.committer.note(act.key, event, actor=act.person, private=private(act))
