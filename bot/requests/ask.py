"""``/vmdump [rehearse] <vm> [reason]``: from the question to the message that people vote on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.capture.apart import none_apart
from bot.capture.planning import plan_for
from bot.capture.tools import Tools
from bot.core.entry import SITE, Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import Asked, AskRefused, Planned, PlanRefused
from bot.core.plan import Plan
from bot.core.policy.approvers import approvers_of
from bot.core.policy.asking import decide_asking, decide_request
from bot.core.policy.decision import Decision
from bot.core.purpose import Purpose
from bot.core.readiness import HOST_KEY
from bot.core.request import Outcome, Request, State
from bot.core.target import Machine, NamedVm
from bot.ops.subject import concerns
from bot.requests.closing import closed
from bot.requests.finding_vm import candidates
from bot.requests.ports import Act, Ask, Channel, Chat
from bot.requests.rights import Policies, Rights, own_channel, own_person, policy_channel, read_rights, refuse
from bot.store.commit import Step
from bot.store.outbox import Address

LIVING = frozenset(State) - {State.CLOSED}
LISTED = 10
"""VMs of one name that are offered to choose from"""


def _choices(vms: list[NamedVm]) -> str:
    return "\n".join(f"{vm.vcenter}:{vm.moid}  {vm.path}" for vm in vms)


def private(act: Act) -> Address:
    """The way to the person who did something."""
    return Address(channel=act.channel, person=act.person, response_url=act.response_url)


def _hindered(plan: Plan) -> VmdumpError:
    """What to do about the first finding that forbids the plan."""
    target, first = plan.machine.target, plan.blocked[0]
    if first.code == HOST_KEY:
        return VmdumpError(Code.NO_HOST_KEY, vm=target.name, host=target.host_name)
    return VmdumpError(Code.NOT_READY, vm=target.name, finding=first.code, seen=first.seen)


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
                refusal = self._refusal(ask, error)
                await self.tools.committer.note(ask.key, refusal, actor=ask.person, private=private(ask))
                return
        concerns(request.id)
        if request.state is not State.ASKED:
            return
        try:
            plan, _ = await plan_for(
                self.tools, request.vcenter, request.moid, request.purpose, request.route
            )
            if request.purpose is Purpose.CAPTURE:
                await none_apart(self.tools.reader, request, plan, LIVING)
        except VmdumpError as error:
            await self._refuse(ask, request, error)
            return
        if plan.blocked:
            await self._refuse(ask, request, _hindered(plan), plan)
            return
        await self._publish(ask, request, plan)

    async def _open(self, ask: Ask) -> Request:
        """Everything that is decided before the VM's own state matters. Raises ``VmdumpError``."""
        channel = await own_channel(self.chat, ask.channel)
        await own_person(self.chat, ask.person)
        rights = await read_rights(self.policies, self.chat)
        may_ask = decide_asking(
            rights.policy, rights.membership, ask.person, policy_channel(channel), ask.purpose
        )
        refuse(may_ask, vm=ask.query)
        machine, decision = await self._choose(ask, rights, channel)
        target = machine.target
        refuse(decision, vm=target.name)
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

    async def _choose(self, ask: Ask, rights: Rights, channel: Channel) -> tuple[Machine, Decision]:
        """The one VM that is meant. Only VMs that the asker may request are ever named to them."""
        found = await candidates(self.tools.vcenters, ask.query)
        if len(found.meant) == 1:
            return await self._may(ask, rights, channel, found.meant[0])
        meant, told, near = [
            [vm for vm in vms[:LISTED] if await self._named(ask, rights, channel, vm)]
            for vms in (found.meant, found.told, found.near)
        ]
        if meant:
            raise VmdumpError(Code.VM_AMBIGUOUS, vm=ask.query, choices=_choices(meant))
        names = ", ".join(vm.name for vm in near)
        raise VmdumpError(Code.VM_UNKNOWN, vm=ask.query, near=names, guests=_choices(told))

    async def _may(self, ask: Ask, rights: Rights, channel: Channel, vm: NamedVm) -> tuple[Machine, Decision]:
        machine = await self.tools.vcenters[vm.vcenter].machine(vm.moid)
        decision = decide_request(
            rights.policy, rights.membership, ask.person, machine, policy_channel(channel), ask.purpose
        )
        return machine, decision

    async def _named(self, ask: Ask, rights: Rights, channel: Channel, vm: NamedVm) -> bool:
        try:
            _, decision = await self._may(ask, rights, channel, vm)
        except VmdumpError:
            return False
        return decision.allowed

    async def _free_id(self) -> str:
        while True:
            candidate = self.new_id()
            try:
                await self.tools.reader.request(candidate)
            except VmdumpError:
                return candidate

    async def _publish(self, ask: Ask, request: Request, plan: Plan) -> None:
        requirement = request.requirement
        if requirement is None:
            raise VmdumpError(Code.INTERNAL, cause=f"{request.id} has no requirement")
        policy, _ = self.policies.policy()
        planned = Planned(
            round=request.round + 1,
            plan=plan,
            digest=plan.digest(),
            requester=request.requester,
            reason=request.reason,
            requirement=requirement,
            approvers=approvers_of(policy, requirement, request.requester),
            deadline=self.tools.clock.now() + timedelta(seconds=requirement.expires_seconds),
        )
        step = Step(
            events=(planned,),
            to=State.PLANNED,
            set={
                "plan": plan,
                "digest": planned.digest,
                "round": planned.round,
                "deadline": planned.deadline,
            },
        )
        await self.tools.committer.commit(
            request.id, f"planned/{planned.round}", lambda _: step, actor=ask.person
        )

    async def _refuse(self, ask: Ask, request: Request, error: VmdumpError, plan: Plan | None = None) -> None:
        """Closes a request that never reached the thread; only its asker hears of it."""
        events: tuple[Event, ...] = (self._refusal(ask, error), closed(request, Outcome.REFUSED))
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

    def _refusal(self, ask: Ask, error: VmdumpError) -> AskRefused:
        text = ask.query if ask.purpose is Purpose.CAPTURE else f"rehearse {ask.query}"
        return AskRefused(
            person=ask.person, channel=ask.channel, text=text, code=error.code, params=error.params
        )
