"""``/vmdump cancel <id>``: calling a request off before anything was changed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Code, VmdumpError
from bot.core.events import Cancelled
from bot.core.policy.right import Right
from bot.core.request import STOPPABLE, Outcome, Request, State
from bot.ops.subject import concerns
from bot.requests.closing import closed
from bot.requests.ports import CancelAsk, Chat
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, may
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Cancelling:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    async def cancel(self, act: CancelAsk) -> None:
        """Ends the request, or tells the person why not; done again, it changes nothing."""
        if await self.reader.find(act.request, act.key) is not None:
            return
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, f"cancel {act.request}", self._cancel)

    async def _cancel(self, act: CancelAsk) -> None:
        request = await self.reader.request(act.request)
        concerns(request.id)
        if act.person != request.requester:
            await may(self.chat, self.policies, act, Right.CANCEL, request)

        def decide(now: Request) -> Step:
            if now.state not in STOPPABLE:
                raise VmdumpError(Code.TOO_LATE, request=now.id)
            return Step(
                events=(Cancelled(person=act.person), closed(now, Outcome.CANCELLED)),
                to=State.CLOSED,
                set={"outcome": Outcome.CANCELLED},
                # Without a plan in the channel there is no thread to tell it to.
                quiet=now.state is State.ASKED,
            )

        await self.committer.commit(request.id, act.key, decide, actor=act.person)
