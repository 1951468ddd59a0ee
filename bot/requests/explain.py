"""``/vmdump explain <vm>`` and ``vmdump explain``: which rule decides, and who could approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.capture.ports import VCenter
from bot.core.events import Explained
from bot.core.policy.explaining import explain
from bot.core.policy.place import Place
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.requests.ask import private
from bot.requests.choosing import Choosing
from bot.requests.ports import Chat, ExplainAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, own_channel, own_person, policy_channel, read_rights
from bot.store.clock import Clock
from bot.store.commit import Committer
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Question:
    """Would this person's request for this VM be granted here?"""

    person: str
    channel: str
    query: str
    route: Route | None = None


async def explained(
    chat: Chat, policies: Policies, vcenters: Mapping[str, VCenter], clock: Clock, question: Question
) -> Explained:
    """The decision as a request would meet it, with what led to it. Raises ``VmdumpError``."""
    channel = await own_channel(chat, question.channel)
    await own_person(chat, question.person)
    rights = await read_rights(policies, chat)
    choosing = Choosing(vcenters, rights, question.person, channel, Purpose.CAPTURE, Right.REQUEST)
    machine, _ = await choosing.choose(question.query)
    place = Place(machine, policy_channel(channel), question.route)
    routes = tuple(Route) if question.route is None else (question.route,)
    return Explained(
        person=question.person,
        channel=question.channel,
        vm=machine.target.name,
        explanation=explain(
            rights.policy, rights.membership, question.person, place, clock.now(), routes=routes
        ),
        policy_sha256=rights.sha256,
    )


@dataclass(frozen=True, slots=True)
class Explaining:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies
    vcenters: Mapping[str, VCenter]
    clock: Clock

    async def explain(self, act: ExplainAsk) -> None:
        """Answers the person about themselves, once."""
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, f"explain {act.query}", self._explain)

    async def _explain(self, act: ExplainAsk) -> None:
        question = Question(act.person, act.channel, act.query, act.route)
        event = await explained(self.chat, self.policies, self.vcenters, self.clock, question)
        await self.committer.note(act.key, event, actor=act.person, private=private(act))
