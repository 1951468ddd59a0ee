"""People, a chat and a policy in memory, around the world in which captures are tested."""

# ruff: noqa: ARG002  # the port gives more than this chat needs

from __future__ import annotations

import itertools
from typing import Any

from bot.core.checkup import Row
from bot.core.entry import SITE, Entry
from bot.core.errors import Code, VmdumpError
from bot.core.policy.model import Approval, Grant, Group, Means, Policy, Rule
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.request import Request, State
from bot.core.vote import Choice
from bot.requests.announce import Announcing
from bot.requests.answer import Answering
from bot.requests.ask import Asking
from bot.requests.cancel import Cancelling
from bot.requests.check import Checking
from bot.requests.counting import Counting
from bot.requests.disarm import Disarming
from bot.requests.examine import Examining
from bot.requests.expire import Expirer
from bot.requests.explain import Explaining
from bot.requests.found import Found
from bot.requests.glass import Glass
from bot.requests.handlers import Handlers
from bot.requests.let_go import LettingGo
from bot.requests.pin import Pinning
from bot.requests.ports import Ask, CancelAsk, Channel, FormVote, Person, Reacted, Reaction, VoteForm
from bot.requests.readback import Readback
from bot.requests.remind import Reminder
from bot.requests.review import Reviewing
from bot.requests.vote import Voting
from bot.store.commit import Step
from bot.store.database import Database
from tests.unit.capture.site import Site
from tests.unit.capture.world import World
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, REQUEST, seconds
from tests.unit.store.kit import always

OTHER_CHANNEL, DIRECT, OUTSIDE, UNREADABLE = "C0RANDOM00", "D0ALICE000", "C0NOBOT000", "C0GONE0000"
GUEST = "U0GUEST000"
USERGROUP = "S0123ABCD"
MESSAGE = "1772357400.000100"


class FakeChat:
    """Implements ``Chat``."""

    def __init__(self) -> None:
        self.away = False
        self.group_away = False
        self.members_of = {USERGROUP: frozenset({BOB, CAROL})}
        self.shared: set[str] = set()
        self.gone: set[str] = set()
        """people who are no members of the workspace any more"""
        self.offset: float | None = 0.0
        self.on: set[tuple[str, str, Choice]] = set()
        """message, person and choice of the reactions that are on messages"""
        self.unreadable = False
        self.forms: list[VoteForm] = []

    async def channel(self, channel_id: str) -> Channel:
        if self.away or channel_id == UNREADABLE:
            raise VmdumpError(Code.CHANNEL_UNREADABLE, cause="time-out")
        names = {CHANNEL: "inc-42", OTHER_CHANNEL: "random"}
        return Channel(
            id=channel_id,
            name=names.get(channel_id, "other"),
            member=channel_id != OUTSIDE,
            direct=channel_id == DIRECT,
            shared=channel_id in self.shared,
        )

    async def person(self, person_id: str) -> Person:
        if self.away:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint="Slack", cause="time-out")
        return Person(id=person_id, ours=person_id != GUEST and person_id not in self.gone)

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        if self.away or self.group_away:
            raise VmdumpError(Code.GROUP_UNREADABLE, group=usergroup, cause="missing_scope")
        return self.members_of[usergroup]

    async def reactions(self, channel_id: str, message: str) -> tuple[Reacted, ...]:
        if self.away or self.unreadable:
            raise VmdumpError(Code.VOTES_UNREADABLE, cause="time-out")
        return tuple(Reacted(person=p, choice=c) for m, p, c in sorted(self.on) if m == message)

    async def open_form(self, trigger: str, form: VoteForm) -> None:
        if self.away:
            raise VmdumpError(Code.FORM_NOT_SHOWN, cause="expired_trigger_id")
        self.forms.append(form)

    def clock_offset(self) -> float | None:
        return self.offset


class FakePolicies:
    """Implements ``Policies``: alice and bob may ask in ``inc-*``, the user group approves, carol cancels."""

    def __init__(self) -> None:
        self.quorum = 1
        self.approvers = USERGROUP
        self.vm = ("*",)
        self.self_approval = False
        self.cancel: tuple[str, ...] = (CAROL,)
        self.approval: dict[str, Any] = {}
        """further demands"""
        self.grants: dict[Right, tuple[str, ...]] = {}
        self.denies: dict[Right, tuple[str, ...]] = {}
        self.external = False
        self.channels = ("inc-*",)

    def policy(self) -> tuple[Policy, str]:
        approve = Approval(
            **{
                "people": ("owners",),
                "quorum": self.quorum,
                "by": (Means.REACTION,),
                "expires_seconds": 900,
                "self_approval": self.self_approval,
                **self.approval,
            }
        )
        rule = Rule(
            name="production",
            scope=Scope(channel=self.channels, vm=self.vm),
            request=(ALICE, BOB),
            approve=approve,
            arm=Grant(request=(ALICE,), approve=approve),
            grants={Right.CANCEL: self.cancel, **self.grants},
            denies=self.denies,
            external=self.external,
        )
        groups = (Group(name="owners", usergroup=self.approvers),)
        sha256 = "0" * 64
        return Policy(groups=groups, rules=(rule,), sha256=sha256), sha256


class Office(Site):
    """Everything that people can do."""

    def __init__(self, database: Database, world: World | None = None) -> None:
        super().__init__(database, world or World())
        self.chat, self.policies = FakeChat(), FakePolicies()
        committer, reader = self.store.committer, self.store.reader
        ids = itertools.chain([REQUEST], (f"VD-{n:04}" for n in itertools.count(2)))
        self.protected: str | None = None
        self.asking = Asking(
            self.tools, self.chat, self.policies, lambda _: self.protected, lambda: next(ids)
        )
        clock = self.world.clock
        self.cancelling = Cancelling(committer, reader, self.chat, self.policies)
        self.counting = Counting(committer, self.chat, self.policies, clock, Glass(committer, reader))
        self.voting = Voting(committer, reader, self.chat, self.cancelling, self.counting)
        self.found = Found(reader, self.chat, clock, self.voting)
        self.readback = Readback(committer, reader, self.chat, self.policies, clock, self.found)
        self.reviewing = Reviewing(committer, reader, self.chat, self.policies)
        self.reminder = Reminder(committer, reader, self.policies, clock)
        self.rows: tuple[Row, ...] = ()
        self.handlers = Handlers(
            asking=self.asking,
            voting=self.voting,
            cancelling=self.cancelling,
            answering=Answering(committer, reader),
            pinning=Pinning(committer, reader, self.chat, self.policies),
            letting_go=LettingGo(committer, reader, self.chat, self.policies),
            reviewing=self.reviewing,
            explaining=Explaining(committer, reader, self.chat, self.policies, self.tools.vcenters, clock),
            examining=Examining(committer, reader, self.chat, self.policies, self._look),
            checking=Checking(self.tools, self.chat, self.policies),
            disarming=Disarming(self.tools.vcenters, committer, reader, self.chat, self.policies),
        )
        self.answering = Answering(committer, reader)
        self.announcing = Announcing(committer, reader)
        self.expirer = Expirer(committer, reader, self.world.clock)
        self._keys = itertools.count(1)

    async def _look(self) -> tuple[Row, ...]:
        return self.rows

    async def ask(self, query: str = "DumpTest", **changed: Any) -> None:
        act = {"key": "ask/1", "person": ALICE, "channel": CHANNEL, "query": query, "reason": "4711"}
        await self.asking.ask(Ask(**(act | changed)))

    async def awaiting(self, **changed: Any) -> Request:
        """A request whose plan is in the channel."""
        await self.ask(**changed)
        planned = next(e for e in await self.store.reader.journal(REQUEST) if e.kind == "planned")
        await self.announcing.posted(REQUEST, planned.seq, MESSAGE)
        request = await self.request()
        assert request.state is State.AWAITING
        return request

    async def react(
        self,
        person: str = BOB,
        choice: Choice = Choice.APPROVE,
        *,
        added: bool = True,
        at: float = 1,
        message: str = MESSAGE,
        key: str | None = None,
    ) -> bool:
        act = Reaction(
            key=key or f"reaction/{next(self._keys)}",
            person=person,
            channel=CHANNEL,
            message=message,
            choice=choice,
            added=added,
            at=seconds(at),
        )
        mark = (message, person, choice)
        (self.chat.on.add if added else self.chat.on.discard)(mark)
        return await self.voting.vote(act)

    async def send_form(self, person: str = BOB, choice: Choice = Choice.APPROVE, **changed: Any) -> None:
        request = await self.request()
        act = {
            "key": f"form/{next(self._keys)}",
            "person": person,
            "channel": CHANNEL,
            "request": REQUEST,
            "digest": request.digest,
            "choice": choice,
            "break_glass": False,
            "typed": request.vm_name,
            "reason": "",
            "at": self.world.clock.now(),
        }
        await self.voting.form_vote(FormVote(**(act | changed)))

    async def cancel(self, person: str = ALICE, request: str = REQUEST, key: str = "cancel/1") -> None:
        act = CancelAsk(key=key, person=person, channel=CHANNEL, request=request)
        await self.cancelling.cancel(act)

    async def put_into(self, state: State) -> Request:
        """Moves the request along the way of a capture, as far as that state."""
        request = await self.request()
        way = [State.APPROVED, State.READY, State.PREPARING, State.PREPARED, State.FIRING, State.SENT]
        for step in way[: way.index(state) + 1]:
            if step is not request.state:
                moved = Step(events=(), to=step, set={"approved_at": self.world.clock.now()})
                await self.store.committer.commit(REQUEST, f"to/{step}", always(moved))
        return await self.request()

    async def told(self, journal: str = SITE) -> list[Entry]:
        """What one person alone is told, with the address checked."""
        entries = {e.seq: e for e in await self.store.reader.journal(journal)}
        posts = [p for p in await self.store.reader.unsent() if p.journal == journal and p.address.person]
        for post in posts:
            assert post.address.person == entries[post.seq].actor or entries[post.seq].actor == "vmdump"
        return [entries[p.seq] for p in posts]

    async def refusal(self, journal: str = SITE) -> Code:
        """Why somebody was refused; told once, and to that person alone."""
        (entry,) = [e for e in await self.told(journal) if e.kind in {"ask-refused", "vote-refused"}]
        assert entry.event.kind in {"ask-refused", "vote-refused"}
        return Code(entry.data["code"])
