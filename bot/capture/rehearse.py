"""Phase 3 of a rehearsal: all that a capture does on the host but the NMI, and how long each part takes.

It is given a shell that can only read, and imports nothing that could send an NMI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TypeVar

from bot.capture.identify import identify, unmoved
from bot.capture.ports import ReadingShell
from bot.capture.release import release
from bot.capture.tools import Tools, plan_of, still_fresh, target_of
from bot.core.entry import Entry, Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import (
    ChangeIntended,
    ChangeMade,
    ChangeRestored,
    HostKeyShown,
    RehearsalFailed,
    RehearsalRead,
    Rehearsed,
    RestoreIntended,
)
from bot.core.finding import Level
from bot.core.rehearsal import Part, agreement
from bot.core.request import Outcome, Request, State
from bot.core.route import Route
from bot.core.worlds import World
from bot.store.commit import Step

T = TypeVar("T")
READ = "rehearsal"
RESULT = "rehearsal/result"


async def rehearse(tools: Tools, request: Request) -> None:
    """PREPARED to ENDING. Raises ``VmdumpError`` for a rehearsal that got further than one can."""
    if request.state is not State.PREPARED:
        raise VmdumpError(Code.NOT_A_CAPTURE, request=request.id)
    read = await _read_before(tools, request) or await _read(tools, request)
    await release(tools, request)
    parts = around(read.parts, await tools.reader.journal(request.id))
    target = target_of(request)
    if read.code is None:
        event: Event = Rehearsed(vm=target.name, host=target.host_name, world_id=read.world_id, parts=parts)
        step = Step(events=(event,), to=State.ENDING, set={"outcome": Outcome.REHEARSED})
    else:
        step = Step(
            events=_failure(target.name, read, parts),
            to=State.ENDING,
            set={"outcome": Outcome.REHEARSAL_FAILED},
        )
    await tools.committer.commit(request.id, RESULT, lambda _: step)


def around(read: tuple[Part, ...], entries: tuple[Entry, ...]) -> tuple[Part, ...]:
    """The parts on the host between opening and closing it, whose times the journal knows."""
    opening = _span("services-started", entries, ChangeIntended.kind, ChangeMade.kind)
    closing = _span("services-stopped", entries, RestoreIntended.kind, ChangeRestored.kind)
    return (*opening, *read, *closing)


def _span(name: str, entries: tuple[Entry, ...], first: str, last: str) -> tuple[Part, ...]:
    began = [e.at for e in entries if e.kind == first]
    ended = [e.at for e in entries if e.kind == last]
    if not began or not ended:
        return ()
    return (Part(name=name, seconds=(max(ended) - min(began)).total_seconds()),)


def _failure(vm: str, read: RehearsalRead, parts: tuple[Part, ...]) -> tuple[Event, ...]:
    code = read.code or Code.INTERNAL
    failed: Event = RehearsalFailed(
        vm=vm, host=read.host, parts=parts, failed=read.failed or "login", code=code, params=read.params
    )
    if code is not Code.SSH_HOST_KEY_UNKNOWN:
        return (failed,)
    key = str(read.params["key"])
    shown = HostKeyShown(
        host=read.host,
        algorithm=key.split()[0],
        fingerprint=str(read.params["fingerprint"]),
        public_key=key,
    )
    return failed, shown


async def _read_before(tools: Tools, request: Request) -> RehearsalRead | None:
    """What an earlier run read: the host may be closed again since."""
    entry = await tools.reader.find(request.id, READ)
    event = None if entry is None else entry.event
    return event if isinstance(event, RehearsalRead) else None


async def _read(tools: Tools, request: Request) -> RehearsalRead:
    course = Course(tools.clock.now)
    world, error = None, None
    try:
        still_fresh(tools, request)
        for leg in plan_of(request).legs:
            if leg.route is Route.SSH:
                world = await _in_shell(tools, request, course)
            else:
                await course.part(f"route-{leg.route.value}", _open(tools, request, leg.route))
    except VmdumpError as caught:
        error = caught
    read = RehearsalRead(
        host=target_of(request).host_name,
        world_id=None if world is None else world.world_id,
        parts=tuple(course.parts),
        failed=None if error is None else course.trying,
        code=None if error is None else error.code,
        params={} if error is None else error.params,
    )
    await tools.committer.commit(request.id, READ, lambda _: Step(events=(read,)))
    return read


async def _open(tools: Tools, request: Request, route: Route) -> None:
    """Whether vCenter would still take the call; raises why not."""
    machine = plan_of(request).machine
    hindrance = await tools.vcenter(machine.target).hindrance(route, machine)
    if hindrance is not None:
        raise hindrance


async def _in_shell(tools: Tools, request: Request, course: Course) -> World:
    async with AsyncExitStack() as stack:
        entering = stack.enter_async_context(tools.shells.open(target_of(request).host_name))
        return await _look(tools, request, await course.part("login", entering), course)


async def _look(tools: Tools, request: Request, shell: ReadingShell, course: Course) -> World:
    worlds = await course.part("process-list", shell.worlds(), lambda rows: (Level.OK, str(len(rows))))

    async def identity() -> World:
        found = await identify(tools, request, worlds)
        await unmoved(tools, request)
        return found

    world = await course.part("identity", identity(), lambda found: (Level.OK, str(found.world_id)))
    await course.part(
        "vmdumper", shell.running_vms(), lambda listed: (agreement(world, listed), str(len(listed.rows)))
    )
    return world


class Course:
    """Times one part after the other."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.parts: list[Part] = []
        self.trying = "login"
        """the part that was begun last"""

    async def part(
        self,
        name: str,
        work: Awaitable[T],
        told: Callable[[T], tuple[Level, str]] = lambda _: (Level.OK, ""),
    ) -> T:
        """Does the work; ``told`` says how it went. Raises what the work raises."""
        self.trying = name
        began = self._now()
        done = await work
        level, seen = told(done)
        seconds = (self._now() - began).total_seconds()
        self.parts.append(Part(name=name, seconds=seconds, level=level, seen=seen))
        return done
