"""``/vmdump check <vm>``: whether a dump would succeed, without asking for one."""

from __future__ import annotations

from dataclasses import dataclass

from bot.capture.planning import plan_for
from bot.capture.tools import Tools
from bot.core.events import Checked
from bot.core.policy.right import Right
from bot.requests.ask import private
from bot.requests.choosing import Choosing
from bot.requests.ports import Chat, CheckAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, own_channel, own_person, read_rights, refuse


@dataclass(frozen=True, slots=True)
class Checking:
    tools: Tools
    chat: Chat
    policies: Policies

    async def check(self, act: CheckAsk) -> None:
        """Answers the person alone; done again, it changes nothing."""
        refusing = Refusing(self.tools.committer, self.tools.reader, self.policies)
        await refusing.unless_refused(act, f"check {act.query}", self._check)

    async def _check(self, act: CheckAsk) -> None:
        channel = await own_channel(self.chat, act.channel)
        await own_person(self.chat, act.person)
        rights = await read_rights(self.policies, self.chat)
        choosing = Choosing(self.tools.vcenters, rights, act.person, channel, None, Right.CHECK)
        machine, decision = await choosing.choose(act.query)
        refuse(decision, vm=machine.target.name)
        plan = await plan_for(self.tools, machine.target.vcenter, machine.target.moid)
        event = Checked(person=act.person, channel=act.channel, plan=plan, rules=decision.rules)
        await self.tools.committer.note(act.key, event, actor=act.person, private=private(act))
