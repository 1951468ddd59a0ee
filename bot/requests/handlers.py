"""Everything that people can do, in one place for whoever delivers their acts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.answer import Answering
from bot.requests.ask import Asking
from bot.requests.cancel import Cancelling
from bot.requests.check import Checking
from bot.requests.disarm import Disarming
from bot.requests.examine import Examining
from bot.requests.explain import Explaining
from bot.requests.let_go import LettingGo
from bot.requests.pin import Pinning
from bot.requests.ports import (
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    FormVote,
    LineVote,
    Misspelt,
    PinAsk,
    Press,
    Question,
    Reaction,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
)
from bot.requests.review import Reviewing
from bot.requests.vote import Voting


@dataclass(frozen=True, slots=True)
class Handlers:
    asking: Asking
    voting: Voting
    cancelling: Cancelling
    answering: Answering
    pinning: Pinning
    letting_go: LettingGo
    reviewing: Reviewing
    explaining: Explaining
    examining: Examining
    checking: Checking
    disarming: Disarming

    async def ask(self, act: Ask) -> None:
        await self.asking.ask(act)

    async def vote(self, act: Reaction) -> bool:
        return await self.voting.vote(act)

    async def press(self, act: Press) -> None:
        await self.voting.press(act)

    async def form_vote(self, act: FormVote) -> None:
        await self.voting.form_vote(act)

    async def line_vote(self, act: LineVote) -> None:
        await self.voting.line_vote(act)

    async def cancel(self, act: CancelAsk) -> None:
        await self.cancelling.cancel(act)

    async def pin(self, act: PinAsk) -> None:
        await self.pinning.pin(act)

    async def unpin(self, act: UnpinAsk) -> None:
        await self.pinning.unpin(act)

    async def release(self, act: ReleaseAsk) -> None:
        await self.letting_go.release(act)

    async def review(self, act: ReviewAsk) -> None:
        await self.reviewing.review(act)

    async def explain(self, act: ExplainAsk) -> None:
        await self.explaining.explain(act)

    async def check(self, act: CheckAsk) -> None:
        await self.checking.check(act)

    async def disarm(self, act: DisarmAsk) -> None:
        await self.disarming.disarm(act)

    async def doctor(self, act: DoctorAsk) -> None:
        await self.examining.examine(act)

    async def answer(self, act: Question) -> None:
        await self.answering.answer(act)

    async def misspelt(self, act: Misspelt) -> None:
        await self.answering.misspelt(act)
