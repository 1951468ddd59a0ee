"""``/vmdump [rehearse] <vm> [reason]``: from the question to the message that people vote on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.capture.apart import none_apart
from bot.capture.plan_wish import plan_wish_of
from bot.capture.planning import plan_for
from bot.capture.put_to_vote import put_to_vote
from bot.capture.tools import Tools
from bot.core.entry import SITE, Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import Asked, AskRefused, PlanRefused
from bot.core.plan import Plan
from bot.core.policy.requirement import Requirement
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.readiness import HOST_KEY
from bot.core.request import Outcome, Request, State
from bot.core.target import Machine
from bot.ops.subject import concerns
from bot.requests.choosing import Choosing
from bot.requests.closing import closed
from bot.requests.needs import needs_of
from bot.requests.ports import Act, Ask, Channel, Chat
from bot.requests.rights import (
    ASKING_SECONDS,
    Policies,
    Rights,
    may_be_read,
    own_channel,
    own_person,
    read_rights,
    refuse,
    request_channel,
)
from bot.store.commit import Step
from bot.store.outbox import Address

VERBS = {Purpose.CAPTURE: "", Purpose.REHEARSAL: "rehearse ", Purpose.ARM: "arm "}
LIVING = frozenset(State) - {State.CLOSED}


def private(act: Act) -> Address | None:
    """The way to the person who did something; None where the answer does not go through the chat."""
    if act.by_line:
        return None
    return Address(channel=act.channel, person=act.person, response_url=act.response_url)


def refusal(policies: Policies, act: Act, text: str, error: VmdumpError) -> AskRefused:
    """Why what somebody asked for is not done, under which policy."""
    _, sha256 = policies.policy()
    return AskRefused(
        person=act.person,
        channel=act.channel,
        text=text,
        code=error.code,
        params=error.params,
        policy_sha256=sha256,
    )


def _named(ask: Ask) -> str:
    return f"{VERBS[ask.purpose]}{ask.query}"


def _hindered(plan: Plan) -> VmdumpError:
    """What to do about the first finding that forbids the plan."""
    target, first = plan.machine.target, plan.blocked[0]
    if first.code == HOST_KEY:
        return VmdumpError(Code.NO_HOST_KEY, vm=target.name, host=target.host_name)
    return VmdumpError(Code.NOT_READY, vm=target.name, finding=first.code, seen=first.seen)


async def _channel(chat: Chat, ask: Ask) -> Channel:
    """By the command line it works while the chat is away: rules that go by the channel's id apply then."""
    try:
        return await own_channel(chat, ask.channel)
    except VmdumpError as error:
        if ask.by_line and error.code is Code.CHANNEL_UNREADABLE:
            return Channel(id=ask.channel, name="", member=True, direct=False)
        raise


def _good_reason(requirement: Requirement, reason: str) -> None:
    """Raises ``VmdumpError(REASON_NEEDED)`` for a reason that lacks what a rule asks for."""
    for pattern in requirement.reasons:
        if re.search(pattern, reason) is None:
            raise VmdumpError(Code.REASON_NEEDED, pattern=pattern)


def _may_override(rights: Rights, ask: Ask, machine: Machine, channel: Channel) -> None:
    """Raises ``VmdumpError`` for who may not put up with what speaks against a dump, or gives no reason."""
    refuse(rights.overrides(ask.person, machine, channel), vm=machine.target.name)
    if not ask.reason.strip():
        raise VmdumpError(Code.OVERRIDE_REASON, vm=ask.query)


@dataclass(frozen=True, slots=True)
class Asking:
    tools: Tools
    chat: Chat
    policies: Policies
    protection: Callable[[Machine], str | None]
    new_id: Callable[[], str]

    async def ask(self, ask: Ask) -> None:
        """Opens a request and plans it, or tells the asker why not. Done again after a crash, it goes on.

        Raises nothing that another try would not mend.
        """
        request = await self.tools.reader.opened_by(ask.key)
        if request is None:
            if await self.tools.reader.find(SITE, ask.key) is not None:
                # Refused before, and the asker was told so: that stands, whatever has changed since.
                return
            try:
                request = await self._open(ask)
            except VmdumpError as error:
                event = refusal(self.policies, ask, _named(ask), error)
                await self.tools.committer.note(ask.key, event, actor=ask.person, private=private(ask))
                return
        concerns(request.id)
        if request.state is not State.ASKED:
            return
        try:
            plan = await plan_for(self.tools, request.vcenter, request.moid, plan_wish_of(request))
            if request.purpose is Purpose.CAPTURE:
                await none_apart(self.tools.reader, request, plan, LIVING)
        except VmdumpError as error:
            await self._refuse(ask, request, error)
            return
        if plan.blocked:
            await self._refuse(ask, request, _hindered(plan), plan)
            return
        try:
            await self._publish(ask, request, plan)
        except VmdumpError as error:
            await self._refuse(ask, request, error, plan)

    async def _open(self, ask: Ask) -> Request:
        """Everything that is decided before the VM's own state matters. Raises ``VmdumpError``."""
        channel = await _channel(self.chat, ask)
        await own_person(self.chat, ask.person, vouched=ask.by_line)
        rights = await read_rights(self.policies, self.chat, ASKING_SECONDS)
        right = Right.to_ask_for(ask.purpose)
        choosing = Choosing(self.tools.vcenters, rights, ask.person, channel, ask.purpose, right)
        machine, decision = await choosing.choose(ask.query)
        target = machine.target
        refuse(decision, vm=target.name)
        if ask.override:
            _may_override(rights, ask, machine, channel)
        if decision.requirement is not None:
            may_be_read(decision.requirement, channel)
            _good_reason(decision.requirement, ask.reason)
        kind = self.protection(machine)
        if kind is not None:
            raise VmdumpError(Code.VM_PROTECTED, vm=target.name, kind=kind)
        request = Request(
            id=await self._free_id(),
            vm_key=target.instance_uuid,
            vcenter=target.vcenter,
            moid=target.moid,
            vm_name=target.name,
            reason=ask.reason,
            requester=ask.person,
            channel=ask.channel,
            channel_name=channel.name,
            created_at=self.tools.clock.now(),
            purpose=ask.purpose,
            route=ask.route,
            override=ask.override,
            arming=ask.arming,
            requirement=decision.requirement,
        )
        asked = Asked(
            query=ask.query,
            vm=target.name,
            reason=ask.reason,
            requester=ask.person,
            channel=ask.channel,
            rules=decision.rules,
            policy_sha256=rights.sha256,
            purpose=ask.purpose,
        )
        opened = await self.tools.committer.open(request, ask.key, asked, actor=ask.person)
        return opened.request

    async def _free_id(self) -> str:
        while True:
            candidate = self.new_id()
            try:
                await self.tools.reader.request(candidate)
            except VmdumpError:
                return candidate

    async def _publish(self, ask: Ask, request: Request, plan: Plan) -> None:
        """Raises ``VmdumpError`` where the rules do not let the requester take the plan's routes."""
        rights = await read_rights(self.policies, self.chat, ASKING_SECONDS)
        channel = await request_channel(self.chat, request, vouched=ask.by_line)
        planned = request.model_copy(update={"plan": plan})
        needs = needs_of(rights, channel, planned, self.tools.clock)
        key, step = put_to_vote(request, plan, needs, self.tools.clock.now())
        await self.tools.committer.commit(request.id, key, lambda _: step, actor=ask.person)

    async def _refuse(self, ask: Ask, request: Request, error: VmdumpError, plan: Plan | None = None) -> None:
        """Closes a request that never reached the thread; only its asker hears of it."""
        events: tuple[Event, ...] = (
            refusal(self.policies, ask, _named(ask), error),
            closed(request, Outcome.REFUSED),
        )
        if plan is not None:
            refused = PlanRefused(plan=plan, requester=request.requester, reason=request.reason)
            events = (refused, *events)
        step = Step(
            events=events,
            to=State.CLOSED,
            set={"outcome": Outcome.REFUSED},
            private=private(ask),
            quiet=True,
        )
        await self.tools.committer.commit(request.id, "refused", lambda _: step)
