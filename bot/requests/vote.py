"""A reaction on the approval message: approving, denying, taking back."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import Voted, VoteRefused, VoteWithdrawn
from bot.core.policy.asking import reconsider
from bot.core.policy.decision import Decision
from bot.core.policy.requirement import Requirement
from bot.core.policy.voting import approving, decide_vote
from bot.core.request import STOPPABLE, Outcome, Request, State
from bot.core.vote import Choice, Vote, tally
from bot.ops.subject import concerns
from bot.requests.ask import private
from bot.requests.cancel import Cancelling
from bot.requests.closing import closed
from bot.requests.ports import CancelAsk, Channel, Chat, Reaction
from bot.requests.rights import Policies, Rights, policy_channel, read_act, refuse
from bot.store.clock import Clock
from bot.store.commit import Committer, Step, WrongState
from bot.store.reading import Reader

DECIDED = frozenset({State.APPROVED, State.READY})


@dataclass(frozen=True, slots=True)
class Voting:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies
    clock: Clock
    cancelling: Cancelling

    async def vote(self, reaction: Reaction) -> bool:
        """False if no approval message of that name is known (yet); votes on old ones count for nothing."""
        request = await self.reader.by_message(reaction.channel, reaction.message)
        if request is None:
            return False
        concerns(request.id)
        # Past stopping a vote has lost its object; telling everyone who still clicks would be noise.
        if request.state in STOPPABLE and not await self._known(request, reaction):
            await self._vote(request, reaction)
        return True

    async def _known(self, request: Request, reaction: Reaction) -> bool:
        """Whether this delivery was counted or refused before: that stands, whatever has changed since."""
        found = [await self.reader.find(request.id, k) for k in (reaction.key, _refusal_key(reaction))]
        return any(entry is not None for entry in found)

    async def _vote(self, request: Request, reaction: Reaction) -> None:
        if reaction.choice is Choice.DENY and reaction.person == request.requester:
            if reaction.added:
                await self.cancelling.cancel(_as_cancel(reaction, request))
            return
        if not reaction.added:
            # Only an approval can be taken back; what a denial has done is done.
            if reaction.choice is Choice.APPROVE:
                await self._take_back(request, reaction)
            return
        try:
            await self._count(request, reaction)
        except VmdumpError as error:
            await self._refused(request, reaction, error)
        except WrongState:
            await self._refused(request, reaction, VmdumpError(Code.TOO_LATE, request=request.id))

    async def _count(self, request: Request, reaction: Reaction) -> None:
        rights, channel = await read_act(self.policies, self.chat, reaction.person, request.channel)
        requirement, decision = self._judge(request, reaction, rights, channel)
        vote = Vote(
            person=reaction.person,
            choice=reaction.choice,
            digest=request.digest or "",
            at=reaction.at,
            groups=decision.groups,
        )
        now = self.clock.now()

        def decide(current: Request) -> Step:
            if current.digest != vote.digest or current.approval_message != reaction.message:
                raise VmdumpError(Code.TOO_LATE, request=current.id)
            votes = (*current.votes, vote)
            counted = approving(requirement, rights.membership, tally(votes, vote.digest), current.requester)
            event = Voted(
                person=vote.person,
                choice=vote.choice,
                groups=vote.groups,
                rules=decision.rules,
                policy_sha256=rights.sha256,
                digest=vote.digest,
                count=len(counted),
                quorum=requirement.quorum,
                message=reaction.message,
            )
            if vote.choice is Choice.DENY:
                return _denied(current, event, votes)
            over = current.deadline is None or max(now, vote.at) > current.deadline
            if over or current.state is not State.AWAITING:
                raise VmdumpError(Code.TOO_LATE, request=current.id)
            enough = len(counted) >= requirement.quorum
            changed = {"votes": votes, **({"approved_at": now} if enough else {})}
            return Step(events=(event,), to=State.APPROVED if enough else None, set=changed)

        await self.committer.commit(request.id, reaction.key, decide, actor=reaction.person)

    def _judge(
        self, request: Request, reaction: Reaction, rights: Rights, channel: Channel
    ) -> tuple[Requirement, Decision]:
        """By the policy in force now, on top of what was demanded when it was asked."""
        if request.plan is None or request.requirement is None:
            raise VmdumpError(Code.TOO_LATE, request=request.id)
        again = reconsider(
            rights.policy,
            rights.membership,
            request.requester,
            request.plan.machine,
            policy_channel(channel),
            request.requirement,
            request.purpose,
        )
        requirement = again.requirement or request.requirement
        if reaction.choice is Choice.APPROVE:
            refuse(again, vm=request.vm_name)
        decision = decide_vote(
            requirement, rights.membership, reaction.person, request.requester, reaction.choice
        )
        refuse(decision, request=request.id)
        return requirement, decision

    async def _take_back(self, request: Request, reaction: Reaction) -> None:
        """Before the quorum it lowers the count; after it, until the first effect, it calls all off."""
        quorum = request.requirement.quorum if request.requirement else 1
        nothing = Vote(
            person=reaction.person,
            choice=Choice.NONE,
            digest=request.digest or "",
            at=reaction.at,
            groups=(),
        )

        def decide(current: Request) -> Step:
            before = tally(current.votes, nothing.digest)
            votes = (*current.votes, nothing)
            after = tally(votes, nothing.digest)
            if before == after or current.state not in STOPPABLE:
                return Step(events=(), set={"votes": votes})
            event = VoteWithdrawn(person=reaction.person, count=len(after), quorum=quorum)
            if current.state in DECIDED:
                # Whether enough would be left by today's rules is not asked: stopping is the safe side.
                return _ended(current, (event,), votes, Outcome.CANCELLED)
            return Step(events=(event,), set={"votes": votes})

        await self.committer.commit(request.id, reaction.key, decide, actor=reaction.person)

    async def _refused(self, request: Request, reaction: Reaction, error: VmdumpError) -> None:
        _, sha256 = self.policies.policy()
        event = VoteRefused(
            person=reaction.person,
            channel=reaction.channel,
            choice=reaction.choice,
            code=error.code,
            params=error.params,
            policy_sha256=sha256,
        )
        step = Step(events=(event,), private=private(reaction))
        await self.committer.commit(request.id, _refusal_key(reaction), lambda _: step, actor=reaction.person)


def _refusal_key(reaction: Reaction) -> str:
    return f"{reaction.key}/refused"


def _denied(request: Request, event: Voted, votes: tuple[Vote, ...]) -> Step:
    return _ended(request, (event,), votes, Outcome.DENIED)


def _ended(request: Request, events: tuple[Event, ...], votes: tuple[Vote, ...], outcome: Outcome) -> Step:
    return Step(
        events=(*events, closed(request, outcome)),
        to=State.CLOSED,
        set={"votes": votes, "outcome": outcome},
    )


def _as_cancel(reaction: Reaction, request: Request) -> CancelAsk:
    return CancelAsk(key=reaction.key, person=reaction.person, channel=reaction.channel, request=request.id)
