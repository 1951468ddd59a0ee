"""A capture on the world in memory, with a real database, run as the dispatcher runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.capture.capture import PHASES, Capture
from bot.capture.plan_wish import PlanWish
from bot.capture.planning import plan_for
from bot.capture.ports import Needs
from bot.capture.tools import Times, Tools
from bot.core.entry import Event
from bot.core.events import Closed, RunStarted
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from bot.core.request import Request, State
from bot.core.route import Route
from bot.guest.readiness import GuestSettings
from bot.store.commit import Committed, Committer, Step
from bot.store.database import Database
from tests.unit.capture.world import FakeFormats, FakePictures, FakeShells, FakeVCenter, Killed, World
from tests.unit.core.things import REQUEST, requirement
from tests.unit.store.kit import Store, always, opened

GUARDS = frozenset({"start ha-monitoring", "start drs"})
RUNS = 30
"""a capture that has not ended by then never will"""


class HookedCommitter(Committer):
    """Tells the world's hook of each commit."""

    def __init__(self, database: Database, world: World) -> None:
        super().__init__(database, world.clock)
        self._world = world

    async def commit(
        self, request_id: str, key: str, decide: Callable[[Request], Step], *, actor: str = "vmdump"
    ) -> Committed:
        done = await super().commit(request_id, key, decide, actor=actor)
        if done.new and self._world.hook is not None:
            await self._world.hook(key)
        return done


class Agreed:
    """Implements ``Approvals``: whatever was approved still is, and a new plan needs what the old one did."""

    async def still(self, request: Request, plan: Plan) -> bool:  # noqa: ARG002
        return True

    async def needs(self, request: Request, plan: Plan) -> Needs:  # noqa: ARG002
        assert request.requirement is not None
        return Needs(requirement=request.requirement, approvers=(), break_glass=False, frozen=None)


class Site:
    """The world, the store and the phases."""

    def __init__(
        self, database: Database, world: World, routes: tuple[Route, ...] = (Route.SSH,), **times: float
    ) -> None:
        self.world = world
        self.store = Store(database, world.clock)
        self.tools = Tools(
            committer=HookedCommitter(database, world),
            reader=self.store.reader,
            vcenters={"vc1": FakeVCenter(world)},
            shells=FakeShells(world),
            formats=FakeFormats(world),
            pictures=FakePictures(),
            readiness=GuestSettings(world.clock.now),
            clock=world.clock,
            times=Times(**times),
            pause=world.pause,
            routes={"vc1": routes},
            approvals=Agreed(),
        )

    async def approved(
        self,
        request_id: str = REQUEST,
        purpose: Purpose = Purpose.CAPTURE,
        wanted: dict[str, Any] | None = None,
        **changed: Any,
    ) -> Request:
        """A request with a plan of the world as it is, approved."""
        plan = await plan_for(
            self.tools,
            "vc1",
            "vm-42",
            PlanWish(purpose=purpose, route=changed.get("route"), **(wanted or {})),
        )
        opened = await self.store.open(
            f"delivery/{request_id}",
            **{"id": request_id, "plan": plan, "digest": plan.digest(), "requirement": requirement()}
            | {"purpose": purpose, "round": 1, "created_at": self.world.clock.now(), **changed},
        )
        await self.approve(opened.request.id, (State.PLANNED, State.AWAITING, State.APPROVED))
        return await self.request(request_id)

    async def approve(
        self, request_id: str = REQUEST, way: tuple[State, ...] = (State.AWAITING, State.APPROVED)
    ) -> None:
        """Moves a request along to its approval."""
        now = await self.request(request_id)
        for state in way:
            step = Step(events=(), to=state, set={"approved_at": self.world.clock.now()})
            await self.store.committer.commit(request_id, f"to/{state}/{now.round}", always(step))

    async def request(self, request_id: str = REQUEST) -> Request:
        return await self.store.reader.request(request_id)

    async def start(self, request_id: str = REQUEST) -> int:
        """Writes down that a run starts, as the dispatcher does."""
        run = (await self.request(request_id)).run + 1
        step = Step(events=(RunStarted(run=run),), set={"run": run})
        await self.store.committer.commit(request_id, f"run/{run}", always(step))
        return run

    async def run(self, *, until: str | None = None, request_id: str = REQUEST) -> Request:
        """One run through the phases, up to and without ``until``."""
        run = await self.start(request_id)
        for phase in PHASES:
            if phase.name == until:
                break
            await Capture(self.tools).phase(phase.name, request_id, run)
        return await self.request(request_id)

    async def to_the_end(self, away: float = 1) -> Request:
        """Runs until the request is closed; ``away`` is how long the bot is down each time it is killed."""
        for _ in range(RUNS):
            try:
                request = await self.run()
            except Killed:
                await self.world.pause(away)
            else:
                if request.state is State.CLOSED:
                    return request
        raise AssertionError("it does not end")

    async def to_the_vote(self) -> Request:
        """Runs until people are asked again."""
        for _ in range(RUNS):
            with suppress(Killed):
                await self.run()
            request = await self.request()
            if request.state is State.PLANNED:
                return request
        raise AssertionError("nobody is asked")

    async def events(self, request_id: str = REQUEST) -> list[Event]:
        return [entry.event for entry in await self.store.reader.journal(request_id)]

    async def kinds(self, request_id: str = REQUEST) -> list[str]:
        return [entry.kind for entry in await self.store.reader.journal(request_id)]

    async def one(self, kind: type[Event]) -> Any:
        """The one event of a kind."""
        (found,) = [e for e in await self.events() if isinstance(e, kind)]
        return found

    async def check_end_with_guards(self) -> None:
        """The same where the cluster was kept from the guest."""
        await self.check_the_end()
        made = [e for e in self.world.effects if e in GUARDS]
        assert len(made) == len(set(made)) <= 2

    async def check_the_end(self) -> None:
        """What holds at the end of every capture, however it went."""
        request = await self.request()
        assert request.state is State.CLOSED
        assert await self.store.reader.journal_fault(REQUEST) is None
        effects = self.world.effects
        assert sum(e.startswith("nmi") for e in effects) <= 1
        assert len([e for e in effects if e.startswith("start")]) <= 2 + len(GUARDS & set(effects))
        assert len({e for e in effects if e.startswith("start")}) == len(
            [e for e in effects if e.startswith("start")]
        )
        assert len([e for e in effects if e.startswith("log")]) <= 2
        closed = await self.one(Closed)
        assert closed.outcome is request.outcome
        assert closed.restored == closed.changes
        assert await self.store.reader.debts(only_open=True) == ()
        assert request.restore_failed is False


@asynccontextmanager
async def site(
    folder: Path, world: World | None = None, routes: tuple[Route, ...] = (Route.SSH,), **times: float
) -> AsyncIterator[Site]:
    async with opened(folder) as database:
        yield Site(database, world or World(), routes, **times)


def killing(at: int, points: list[str]) -> Callable[[str], Awaitable[None]]:
    """A hook that notes the points that are passed and kills at one of them, once."""

    async def hook(point: str) -> None:
        points.append(point)
        if len(points) == at:
            raise Killed(point)

    return hook
