"""``/vmdump release <id>``: a person gives the guest back to the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from bot.capture.guards import LET_GO
from bot.core.errors import Code, VmdumpError
from bot.core.events import GuardsLetGo
from bot.core.policy.right import Right
from bot.core.request import BEFORE_NMI, Request
from bot.ops.subject import concerns
from bot.requests.ports import Chat, ReleaseAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, may
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class LettingGo:
    """Requesters and whoever may restore end a request's hold on HA and DRS; the capture does it then."""

    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    async def release(self, act: ReleaseAsk) -> None:
        """Notes it once for the request, or tells the person why not; done again, it changes nothing."""
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, f"release {act.request}", self._release)

    async def _release(self, act: ReleaseAsk) -> None:
        request = await self.reader.request(act.request)
        concerns(request.id)
        if act.person != request.requester:
            await may(self.chat, self.policies, act, Right.RESTORE, request)

        def decide(now: Request) -> Step:
            if now.state in BEFORE_NMI or not now.living or not (now.plan and now.plan.guards):
                raise VmdumpError(Code.NOTHING_HELD, request=now.id)
            return Step(events=(GuardsLetGo(person=act.person),))

        await self.committer.commit(request.id, LET_GO, decide, actor=act.person)
