"""``/vmdump review <id>``: another approver looks at a break-glass afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Code, VmdumpError
from bot.core.events import GlassReviewed
from bot.core.policy.decision import Decision
from bot.core.policy.model import Means
from bot.core.policy.voting import decide_vote
from bot.core.request import Request
from bot.core.vote import Choice
from bot.ops.subject import concerns
from bot.requests.ports import Chat, ReviewAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, read_act, refuse
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Reviewing:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    async def review(self, act: ReviewAsk) -> None:
        """Notes it once for the request, or tells the person why not; done again, it changes nothing."""
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, f"review {act.request}", self._review)

    async def _review(self, act: ReviewAsk) -> None:
        request = await self.reader.request(act.request)
        concerns(request.id)
        if not request.review_owed:
            raise VmdumpError(Code.NOTHING_TO_REVIEW, request=request.id)
        if act.person == request.broke_glass:
            raise VmdumpError(Code.SELF_APPROVAL, request=request.id)
        decision = await self._approver(act, request)

        def decide(now: Request) -> Step:
            if not now.review_owed:
                raise VmdumpError(Code.NOTHING_TO_REVIEW, request=now.id)
            event = GlassReviewed(person=act.person, groups=decision.groups, words=act.words)
            return Step(events=(event,), set={"reviewed_by": act.person})

        await self.committer.commit(request.id, act.key, decide, actor=act.person)

    async def _approver(self, act: ReviewAsk, request: Request) -> Decision:
        """Whoever could have approved it may review it; requesters only where rules let them approve."""
        rights, _ = await read_act(self.policies, self.chat, act.person, request)
        requirement = request.requirement
        if requirement is None:
            raise VmdumpError(Code.NOTHING_TO_REVIEW, request=request.id)
        means = requirement.by[0] if requirement.by else Means.BUTTON
        decision = decide_vote(
            requirement, rights.membership, act.person, request.requester, Choice.APPROVE, means
        )
        refuse(decision, request=request.id, vm=request.vm_name)
        return decision
