"""``/vmdump disarm <vm>``: what armed a guest is put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.capture.disarmed import ARMED, DISARM
from bot.capture.ports import VCenter
from bot.core.errors import Code, VmdumpError
from bot.core.events import Answered, DisarmAsked
from bot.core.policy.right import Right
from bot.core.target import Target
from bot.requests.ask import private
from bot.requests.choosing import Choosing
from bot.requests.ports import Chat, DisarmAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, own_channel, own_person, read_rights, refuse
from bot.store.commit import Committer, Step, always
from bot.store.ledger import Debt
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Disarming:
    """Whoever may have guests armed may have them disarmed, without another's approval: it only puts back.

    The reconciler does it, again and again until it is done.
    """

    vcenters: Mapping[str, VCenter]
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    async def disarm(self, act: DisarmAsk) -> None:
        """Gives the changes to whoever puts back, or tells the person why not; again, it changes nothing."""
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, f"disarm {act.query}", self._disarm)

    async def _disarm(self, act: DisarmAsk) -> None:
        channel = await own_channel(self.chat, act.channel)
        await own_person(self.chat, act.person)
        rights = await read_rights(self.policies, self.chat)
        choosing = Choosing(self.vcenters, rights, act.person, channel, None, Right.ARM)
        machine, decision = await choosing.choose(act.query)
        target = machine.target
        refuse(decision, vm=target.name)
        armed = await self._armed(target)
        if not armed:
            raise VmdumpError(Code.NOT_ARMED, vm=target.name)
        for living in await self.reader.living():
            if living.vm_key == target.instance_uuid and living.id not in armed:
                # A capture that people approve, or that runs, counts on what the guest is set to.
                raise VmdumpError(Code.VM_BUSY, vm=target.name, request=living.id)
        for request, held in armed.items():
            debts = tuple(d.model_copy(update={"kept": False}) for d in held)
            labels = tuple(debt.change.label for debt in debts)
            event = DisarmAsked(person=act.person, vm=target.name, labels=labels)
            step = always(Step(events=(event,), debts=debts))
            # Once for each request: whoever comes second must not write over what is being put back.
            await self.committer.commit(request, DISARM, step, actor=act.person)
        lines = (target.name, *armed)
        told = Answered(person=act.person, channel=act.channel, topic="disarm", lines=lines)
        await self.committer.note(act.key, told, actor=act.person, private=private(act))

    async def _armed(self, target: Target) -> dict[str, list[Debt]]:
        """What is still in the guest of each request that armed it, whether or not it is being put back."""
        found: dict[str, list[Debt]] = {}
        thing = f"{target.vcenter}/{target.moid}/"
        for debt in await self.reader.debts(only_open=True):
            if debt.change.in_guest and debt.change.thing.startswith(thing):
                found.setdefault(debt.request, []).append(debt)
        return {r: debts for r, debts in found.items() if await self.reader.find(r, ARMED) is not None}
