"""The policy in force, with the members of its groups read now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import Code, VmdumpError
from bot.core.policy.approvers import Approvers, approvers_of
from bot.core.policy.asking import decide_request, reconsider
from bot.core.policy.channel import Channel as PolicyChannel
from bot.core.policy.decision import Decision
from bot.core.policy.holding import decide_right
from bot.core.policy.model import Policy
from bot.core.policy.people import Membership, Unreadable, needed_usergroups, resolve
from bot.core.policy.place import Place
from bot.core.policy.requirement import Requirement
from bot.core.policy.right import Right
from bot.core.request import Request, State
from bot.core.route import Route
from bot.core.target import Machine
from bot.requests.ports import Act, Channel, Chat

DECISIVE_SECONDS = 5.0
"""the greatest age of a user group's members where something is decided by them"""
ASKING_SECONDS = 60.0
"""the same where it is decided again later"""


class Policies(Protocol):
    """Where the policy comes from."""

    def policy(self) -> tuple[Policy, str]:
        """The policy in force and the SHA-256 of its file."""


@dataclass(frozen=True, slots=True)
class Rights:
    policy: Policy
    sha256: str
    membership: Membership

    def holds(self, person: str, right: Right, request: Request, channel: Channel) -> Decision:
        """Whether somebody holds a right over what a request is about, by every route of its plan."""
        machine = request.plan.machine if request.plan else None
        if machine is None:
            return Decision(allowed=False, code=Code.NOT_ALLOWED)
        # What takes no route is no matter of routes.
        legs = request.plan.legs if request.plan else ()
        routes: tuple[Route | None, ...] = tuple(leg.route for leg in legs) or (None,)
        decided = [
            decide_right(
                self.policy,
                self.membership,
                person,
                right,
                Place(machine, policy_channel(channel), route),
            )
            for route in routes
        ]
        return next((d for d in decided if not d.allowed), decided[0])

    def overrides(self, person: str, machine: Machine, channel: Channel) -> Decision:
        """Whether somebody may put up with what speaks against a dump."""
        place = Place(machine, policy_channel(channel))
        right = Right.OVERRIDE_READINESS
        return decide_right(self.policy, self.membership, person, right, place, strict=True)

    def needed(self, request: Request, channel: Channel) -> Decision:
        """What an open request needs now, on top of what was demanded when it was asked."""
        if request.plan is None or request.requirement is None:
            return Decision(allowed=False, code=Code.TOO_LATE)
        place = Place(request.plan.machine, policy_channel(channel))
        routes = tuple(leg.route for leg in request.plan.legs) or request.requirement.routes
        who = (self.policy, self.membership, request.requester, place)
        if request.plan.overridden:
            overriding = self.overrides(request.requester, request.plan.machine, channel)
            if not overriding.allowed:
                return overriding
        if request.state is State.ASKED:
            # Nobody has seen a plan yet: what other routes would need does not matter any more.
            return decide_request(*who, request.purpose, routes)
        return reconsider(*who, request.requirement, request.purpose, routes)

    def approvers(self, requirement: Requirement, requester: str) -> tuple[Approvers, ...]:
        return approvers_of(self.policy, requirement, requester)

    def breakers(self, request: Request, channel: Channel) -> bool:
        """Whether anybody who is known could break glass for it."""
        named = {name for rule in self.policy.rules for name in rule.grants.get(Right.BREAK_GLASS, ())}
        return any(
            self.holds(person, Right.BREAK_GLASS, request, channel).allowed
            for person in self.membership.known(named)
        )


async def read_rights(policies: Policies, chat: Chat, at_most: float = DECISIVE_SECONDS) -> Rights:
    """Reads every user group that the policy names; those that cannot be read count as unreadable."""
    policy, sha256 = policies.policy()
    ids = sorted(needed_usergroups(policy))
    read = await asyncio.gather(*(_members(chat, usergroup, at_most) for usergroup in ids))
    return Rights(policy, sha256, resolve(policy, dict(zip(ids, read, strict=True))))


async def _members(chat: Chat, usergroup: str, at_most: float) -> frozenset[str] | Unreadable:
    try:
        return await chat.members(usergroup, at_most=at_most)
    except VmdumpError as error:
        return Unreadable(str(error.params.get("cause", error.code.value)))


def policy_channel(channel: Channel) -> PolicyChannel:
    return PolicyChannel(id=channel.id, name=channel.name)


def refuse(decision: Decision, **params: str) -> None:
    """Raises the decision's error unless it allows."""
    if not decision.allowed:
        raise VmdumpError(
            decision.code or Code.NOT_ALLOWED,
            rules=", ".join(decision.rules),
            groups=", ".join(decision.groups),
            **params,
        )


def refuse_asking(decision: Decision, request: Request, *, breaks_glass: bool) -> None:
    """Raises the error of what an open request needs now.

    Break-glass stands for the quorum, and so for approvers who are too few or cannot be read.
    """
    too_few = not decision.allowed and decision.requirement is not None
    if not (breaks_glass and too_few):
        refuse(decision, request=request.id, vm=request.vm_name)


async def own_person(chat: Chat, person_id: str, *, vouched: bool = False) -> None:
    """Raises ``VmdumpError(FOREIGN_PERSON)`` for whoever is not a full member of our workspace.

    ``vouched``: the operating system says who it is; that is enough while the chat does not answer.
    """
    try:
        person = await chat.person(person_id)
    except VmdumpError as error:
        if vouched and error.code is Code.SLACK_UNREACHABLE:
            return
        raise
    if not person.ours:
        raise VmdumpError(Code.FOREIGN_PERSON, person=person_id)


async def read_act(
    policies: Policies, chat: Chat, person_id: str, request: Request, *, vouched: bool = False
) -> tuple[Rights, Channel]:
    """Who somebody is, where, and with which rights; asked at once, so that one answer's time passes.

    Raises ``VmdumpError`` as ``own_person`` and ``request_channel`` do, the person's first.
    """
    person, rights, channel = await asyncio.gather(
        own_person(chat, person_id, vouched=vouched),
        read_rights(policies, chat),
        request_channel(chat, request, vouched=vouched),
        return_exceptions=True,
    )
    if isinstance(person, BaseException):
        raise person
    if isinstance(rights, BaseException):
        raise rights
    if isinstance(channel, BaseException):
        raise channel
    return rights, channel


async def request_channel(chat: Chat, request: Request, *, vouched: bool) -> Channel:
    """The channel of a request. Raises ``VmdumpError``; ``vouched``: as it was, while the chat is away."""
    try:
        return await own_channel(chat, request.channel)
    except VmdumpError as error:
        if vouched and error.code is Code.CHANNEL_UNREADABLE:
            return Channel(id=request.channel, name=request.channel_name, member=True, direct=False)
        raise


async def own_channel(chat: Chat, channel_id: str) -> Channel:
    """The channel, if a record can be kept in it. Raises ``VmdumpError``."""
    channel = await chat.channel(channel_id)
    if channel.direct:
        raise VmdumpError(Code.DIRECT_MESSAGE)
    if not channel.member:
        raise VmdumpError(Code.NOT_IN_CHANNEL, channel=channel_id)
    return channel


def may_be_read(requirement: Requirement, channel: Channel) -> None:
    """Raises ``VmdumpError(CHANNEL_SHARED)`` where others read and a rule does not let them."""
    if channel.shared and not requirement.external:
        raise VmdumpError(Code.CHANNEL_SHARED, channel=channel.id, rules=", ".join(requirement.rules))


async def may(chat: Chat, policies: Policies, act: Act, right: Right, request: Request) -> Decision:
    """The decision that lets the person act on what somebody else asked for. Raises ``VmdumpError``."""
    person = act.person
    rights, channel = await read_act(policies, chat, person, request, vouched=act.by_line)
    decision = rights.holds(person, right, request, channel)
    refuse(decision, request=request.id, vm=request.vm_name)
    return decision
