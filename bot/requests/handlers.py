"""Everything that people can do, in one place for whoever delivers their acts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.answer import Answering
from bot.requests.ask import Asking
from bot.requests.cancel import Cancelling
from bot.requests.pin import Pinning
from bot.requests.ports import Ask, CancelAsk, Misspelt, PinAsk, Question, Reaction, UnpinAsk
from bot.requests.vote import Voting


@dataclass(frozen=True, slots=True)
class Handlers:
    asking: Asking
    voting: Voting
    cancelling: Cancelling
    answering: Answering
    pinning: Pinning

    async def ask(self, act: Ask) -> None:
        await self.asking.ask(act)

    async def vote(self, act: Reaction) -> bool:
        return await self.voting.vote(act)

    async def cancel(self, act: CancelAsk) -> None:
        await self.cancelling.cancel(act)

    async def pin(self, act: PinAsk) -> None:
        await self.pinning.pin(act)

    async def unpin(self, act: UnpinAsk) -> None:
        await self.pinning.unpin(act)

    async def answer(self, act: Question) -> None:
        await self.answering.answer(act)

    async def misspelt(self, act: Misspelt) -> None:
        await self.answering.misspelt(act)
