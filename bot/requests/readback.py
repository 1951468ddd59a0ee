"""Looking again, before the first change, whether what was approved still is."""

from __future__ import annotations

from dataclasses import dataclass

from bot.capture.ports import Needs
from bot.core.errors import Code, VmdumpError
from bot.core.events import ApprovalLapsed
from bot.core.plan import Plan
from bot.core.policy.decision import UNSURE
from bot.core.policy.freeze import frozen
from bot.core.policy.model import Means
from bot.core.policy.quorum import enough
from bot.core.policy.requirement import Requirement
from bot.core.policy.right import Right
from bot.core.policy.voting import approving
from bot.core.request import STOPPABLE, Outcome, Request, State
from bot.core.vote import Choice, Vote, latest, tally
from bot.requests.closing import ended
from bot.requests.found import Found
from bot.requests.needs import needs_of
from bot.requests.ports import Channel, Chat
from bot.requests.rights import (
    Policies,
    Rights,
    may_be_read,
    own_person,
    read_rights,
    refuse,
    refuse_asking,
    request_channel,
)
from bot.store.clock import Clock
from bot.store.commit import Committer, Step, WrongState
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Readback:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies
    clock: Clock
    found: Found

    async def still(self, request: Request, plan: Plan) -> bool:
        """Whether the approval still stands; if not, the request has been ended, here or by a vote.

        Raises ``VmdumpError`` where that cannot be told now: to be asked again.
        """
        request = await self.reader.request(request.id)
        if request.state is not State.APPROVED:
            return False
        votes = [v for v in latest(request.votes, request.digest or "") if v.choice is Choice.APPROVE]
        if any(vote.means is Means.REACTION for vote in votes):
            await self.found.on(request)
            request = await self.reader.request(request.id)
            if request.state is not State.APPROVED:
                return False
        # By the VM as it is now: it may be where other rules apply.
        lapse = await self._lapse(request.model_copy(update={"plan": plan}), votes)
        if lapse is None:
            return True
        await self._end(request, *lapse)
        return False

    async def needs(self, request: Request, plan: Plan) -> Needs:
        """What a plan of the request needs by the policy in force now. Raises ``VmdumpError``."""
        rights, channel = await self._rights(request)
        return needs_of(rights, channel, request.model_copy(update={"plan": plan}), self.clock)

    async def _rights(self, request: Request) -> tuple[Rights, Channel]:
        vouched = all(v.means is Means.COMMAND_LINE for v in latest(request.votes, request.digest or ""))
        channel = await request_channel(self.chat, request, vouched=vouched)
        return await read_rights(self.policies, self.chat), channel

    async def _lapse(
        self, request: Request, votes: list[Vote]
    ) -> tuple[VmdumpError, Requirement, tuple[str, ...]] | None:
        """Why it stands no more, with what is asked for now and who still counts."""
        rights, channel = await self._rights(request)
        decision = rights.needed(request, channel)
        requirement = decision.requirement or request.requirement
        if requirement is None:
            raise VmdumpError(Code.INTERNAL, cause=f"{request.id} has no requirement")
        try:
            refuse_asking(decision, request, breaks_glass=any(vote.break_glass for vote in votes))
            may_be_read(requirement, channel)
            for vote in votes:
                await own_person(self.chat, vote.person, vouched=vote.means is Means.COMMAND_LINE)
            return self._too_few(request, votes, rights, requirement, channel)
        except VmdumpError as error:
            if error.code in UNSURE or error.code is Code.SLACK_UNREACHABLE:
                raise
            return error, requirement, tally(request.votes, request.digest or "")

    def _too_few(
        self,
        request: Request,
        votes: list[Vote],
        rights: Rights,
        requirement: Requirement,
        channel: Channel,
    ) -> tuple[VmdumpError, Requirement, tuple[str, ...]] | None:
        breaker = next((v.person for v in votes if v.break_glass), None)
        if breaker is not None:
            holds = rights.holds(breaker, Right.BREAK_GLASS, request, channel)
            refuse(holds, request=request.id, vm=request.vm_name)
            return None
        window = frozen(requirement.freezes, self.clock.now())
        if window is not None:
            raise VmdumpError(Code.FROZEN, window=window.name, until=window.until.isoformat())
        counted = approving(
            requirement, rights.membership, request.votes, request.digest or "", request.requester
        )
        if enough(requirement, rights.membership, counted):
            return None
        unread = rights.membership.unreadable((*requirement.groups, *requirement.barred))
        if unread:
            raise VmdumpError(Code.GROUP_UNREADABLE, groups=", ".join(unread), rules="")
        return VmdumpError(Code.VOTES_CHANGED, request=request.id), requirement, counted

    async def _end(
        self, request: Request, error: VmdumpError, requirement: Requirement, counted: tuple[str, ...]
    ) -> None:
        gone = tuple(p for p in tally(request.votes, request.digest or "") if p not in counted)
        event = ApprovalLapsed(
            count=len(counted), quorum=requirement.quorum, gone=gone, code=error.code, params=error.params
        )

        def decide(current: Request) -> Step:
            if current.state not in STOPPABLE:
                raise WrongState(current, State.CLOSED)
            return ended(current, (event,), current.votes, Outcome.CANCELLED)

        await self.committer.commit(request.id, f"lapsed/{request.round}", decide)
