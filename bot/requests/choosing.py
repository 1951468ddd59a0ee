"""From what somebody typed to the one VM that they mean and may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.capture.ports import VCenter
from bot.core.errors import Code, VmdumpError
from bot.core.policy.asking import decide_request, decide_somewhere
from bot.core.policy.decision import Decision
from bot.core.policy.holding import decide_right
from bot.core.policy.place import Place
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.target import Machine, NamedVm
from bot.requests.finding_vm import candidates
from bot.requests.ports import Channel
from bot.requests.rights import Rights, policy_channel, refuse

LISTED = 10
"""VMs of one name that are offered to choose from"""


@dataclass(frozen=True, slots=True)
class Choosing:
    """For one person in one channel."""

    vcenters: Mapping[str, VCenter]
    rights: Rights
    person: str
    channel: Channel
    purpose: Purpose | None
    """None where nothing is requested: the right alone counts then"""
    right: Right

    async def choose(self, query: str) -> tuple[Machine, Decision]:
        """The VM with the decision on it, which may be a refusal. Raises ``VmdumpError``.

        Only VMs over which the person holds the right are ever offered to them.
        """
        anywhere = Place(None, policy_channel(self.channel))
        rights = self.rights
        somewhere = decide_somewhere(rights.policy, rights.membership, self.person, anywhere, self.right)
        refuse(somewhere, vm=query)
        found = await candidates(self.vcenters, query)
        if len(found.meant) == 1:
            return await self._decided(found.meant[0])
        meant, told, near = [
            [vm for vm in vms[:LISTED] if await self._offered(vm)]
            for vms in (found.meant, found.told, found.near)
        ]
        if meant:
            raise VmdumpError(Code.VM_AMBIGUOUS, vm=query, choices=_choices(meant))
        names = ", ".join(vm.name for vm in near)
        raise VmdumpError(Code.VM_UNKNOWN, vm=query, near=names, guests=_choices(told))

    async def _decided(self, vm: NamedVm) -> tuple[Machine, Decision]:
        machine = await self.vcenters[vm.vcenter].machine(vm.moid)
        place = Place(machine, policy_channel(self.channel))
        who = (self.rights.policy, self.rights.membership, self.person)
        if self.purpose is None:
            return machine, decide_right(*who, self.right, place)
        return machine, decide_request(*who, place, self.purpose)

    async def _offered(self, vm: NamedVm) -> bool:
        try:
            _, decision = await self._decided(vm)
        except VmdumpError:
            return False
        return decision.allowed


def _choices(vms: list[NamedVm]) -> str:
    return "\n".join(f"{vm.vcenter}:{vm.moid}  {vm.path}" for vm in vms)
