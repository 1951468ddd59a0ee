"""Counting a vote: who may, whether it is in time, and what it decides."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import BrokeGlass, ClockWrong, Voted, VoteRefused
from bot.core.policy.decision import Decision
from bot.core.policy.freeze import frozen
from bot.core.policy.model import Means
from bot.core.policy.quorum import enough, missing_groups
from bot.core.policy.requirement import Requirement
from bot.core.policy.right import Right
from bot.core.policy.voting import approving, decide_vote
from bot.core.request import Outcome, Request, State
from bot.core.vote import Choice, Vote
from bot.requests.ask import private
from bot.requests.ballot import Ballot, message_of
from bot.requests.closing import ended
from bot.requests.glass import Glass
from bot.requests.ports import Channel, Chat
from bot.requests.rights import Policies, Rights, may_be_read, read_act, refuse, refuse_asking
from bot.store.clock import Clock
from bot.store.commit import Committer, Step, WrongState

log = logging.getLogger(__name__)

CLOCKS_DIFFER = 2.0
"""seconds between the chat's clock and ours beyond which no approval counts: its order could be wrong"""
OPEN = frozenset({State.PLANNED, State.AWAITING})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a vote is counted by."""

    rights: Rights
    requirement: Requirement
    decision: Decision


@dataclass(frozen=True, slots=True)
class Counting:
    committer: Committer
    chat: Chat
    policies: Policies
    clock: Clock
    glass: Glass

    async def count(self, request: Request, ballot: Ballot) -> None:
        """Counts the vote, or refuses it and says why to the voter; done again, it changes nothing."""
        try:
            await self._count(request, ballot)
        except VmdumpError as error:
            await self._refused(request, ballot, error)
        except WrongState:
            await self._refused(request, ballot, VmdumpError(Code.TOO_LATE, request=request.id))

    async def _count(self, request: Request, ballot: Ballot) -> None:
        vouched = ballot.means is Means.COMMAND_LINE
        rights, channel = await read_act(self.policies, self.chat, ballot.person, request, vouched=vouched)
        judged = self._judge(request, ballot, rights, channel)
        now = self.clock.now()
        if ballot.choice is Choice.APPROVE:
            await self._in_time(request, judged.requirement, ballot, now)
        if ballot.break_glass:
            if request.state not in OPEN or request.digest != ballot.digest or _over(request, ballot, now):
                # Told before one of the person's times is spent on it.
                raise VmdumpError(Code.TOO_LATE, request=request.id)
            await self.glass.claim(rights.policy, request, ballot, now)
        vote = Vote(
            person=ballot.person,
            choice=ballot.choice,
            digest=ballot.digest,
            at=ballot.at,
            groups=judged.decision.groups,
            means=ballot.means,
            break_glass=ballot.break_glass,
        )

        def decide(current: Request) -> Step:
            if current.digest != vote.digest:
                raise VmdumpError(Code.TOO_LATE, request=current.id)
            votes = (*current.votes, vote)
            event = self._event(current, ballot, judged, votes)
            if vote.choice is Choice.DENY:
                return ended(current, (event,), votes, Outcome.DENIED)
            over = _over(current, ballot, now)
            known = vote.person in _counted(judged, current, current.votes)
            unseen = current.state is State.PLANNED and ballot.means is not Means.COMMAND_LINE
            if known and not ballot.break_glass and current.state not in OPEN:
                # An event that comes after its reaction was found has decided nothing.
                return Step(events=(), set={"votes": votes})
            if over or unseen or current.state not in OPEN:
                raise VmdumpError(Code.TOO_LATE, request=current.id)
            counted = _counted(judged, current, votes)
            done = ballot.break_glass or enough(judged.requirement, judged.rights.membership, counted)
            broke = {"broke_glass": vote.person} if ballot.break_glass else {}
            changed = {"votes": votes, **({"approved_at": now, **broke} if done else {})}
            if known and not done:
                # A second emoji of the same meaning.
                return Step(events=(), set=changed)
            return Step(events=(event,), to=State.APPROVED if done else None, set=changed)

        await self.committer.commit(request.id, ballot.key, decide, actor=ballot.person)

    def _judge(self, request: Request, ballot: Ballot, rights: Rights, channel: Channel) -> Judged:
        """By the policy in force now, on top of what was demanded when it was asked."""
        if request.requirement is None:
            raise VmdumpError(Code.TOO_LATE, request=request.id)
        again = rights.needed(request, channel)
        requirement = again.requirement or request.requirement
        if ballot.choice is Choice.APPROVE:
            refuse_asking(again, request, breaks_glass=ballot.break_glass)
            may_be_read(requirement, channel)
        if ballot.break_glass:
            decision = rights.holds(ballot.person, Right.BREAK_GLASS, request, channel)
        else:
            decision = decide_vote(
                requirement, rights.membership, ballot.person, request.requester, ballot.choice, ballot.means
            )
        refuse(decision, request=request.id, vm=request.vm_name, means=", ".join(requirement.by))
        return Judged(rights, requirement, decision)

    async def _in_time(
        self, request: Request, requirement: Requirement, ballot: Ballot, now: datetime
    ) -> None:
        """Raises ``VmdumpError`` for an approval that comes at a time in which none counts."""
        offset = self.chat.clock_offset()
        if offset is not None and abs(offset) > CLOCKS_DIFFER:
            await self._alarm(offset, now)
            raise VmdumpError(Code.CLOCK_WRONG, seconds=round(abs(offset), 1))
        window = None if ballot.break_glass else frozen(requirement.freezes, now)
        if window is not None:
            raise VmdumpError(Code.FROZEN, window=window.name, until=window.until.isoformat())
        if request.approval_message is not None and requirement.review_seconds:
            first = float(request.approval_message) + requirement.review_seconds
            early = first - ballot.at.timestamp()
            if early > 0:
                raise VmdumpError(Code.TOO_SOON, request=request.id, seconds=max(1, round(early)))

    async def _alarm(self, offset: float, now: datetime) -> None:
        """Said loudly, and once an hour in the site journal."""
        log.error("the chat's clock and ours differ by %.1f s: no approval counts", offset)
        await self.committer.note(f"clock/{now:%Y-%m-%dT%H}", ClockWrong(offset=offset), actor="vmdump")

    def _event(self, request: Request, ballot: Ballot, judged: Judged, votes: tuple[Vote, ...]) -> Event:
        rights, requirement, decision = judged.rights, judged.requirement, judged.decision
        offset = self.chat.clock_offset()
        if ballot.break_glass:
            return BrokeGlass(
                person=ballot.person,
                reason=ballot.reason,
                groups=decision.groups,
                rules=decision.rules,
                policy_sha256=rights.sha256,
                digest=ballot.digest,
                message=message_of(request),
                approvers=rights.approvers(requirement, ballot.person),
                frozen=frozen(requirement.freezes, self.clock.now()),
                clock_offset=offset,
            )
        counted = _counted(judged, request, votes)
        return Voted(
            person=ballot.person,
            choice=ballot.choice,
            groups=decision.groups,
            rules=decision.rules,
            policy_sha256=rights.sha256,
            digest=ballot.digest,
            count=len(counted),
            quorum=requirement.quorum,
            message=message_of(request),
            means=ballot.means,
            reason=ballot.reason,
            found=ballot.found,
            missing=missing_groups(requirement, rights.membership, counted),
            clock_offset=offset,
        )

    async def _refused(self, request: Request, ballot: Ballot, error: VmdumpError) -> None:
        _, sha256 = self.policies.policy()
        event = VoteRefused(
            person=ballot.person,
            channel=ballot.act.channel,
            choice=ballot.choice,
            code=error.code,
            params=error.params,
            policy_sha256=sha256,
            message=message_of(request),
            clock_offset=self.chat.clock_offset(),
        )
        step = Step(events=(event,), private=private(ballot.act))
        await self.committer.commit(request.id, refusal_key(ballot.key), lambda _: step, actor=ballot.person)


def _over(request: Request, ballot: Ballot, now: datetime) -> bool:
    return request.deadline is None or max(now, ballot.at) > request.deadline


def _counted(judged: Judged, request: Request, votes: tuple[Vote, ...]) -> tuple[str, ...]:
    return approving(
        judged.requirement, judged.rights.membership, votes, request.digest or "", request.requester
    )


def refusal_key(key: str) -> str:
    """Under which the refusal of a delivery is noted."""
    return f"{key}/refused"
