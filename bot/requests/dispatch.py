"""Starts a run for every approved request that is not closed and that nobody is running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.entry import Event
from bot.core.events import Resumed, RunStarted
from bot.core.request import CAPTURING, Request, State
from bot.ops.subject import about
from bot.store.clock import Clock
from bot.store.commit import Committer, Step, WrongState
from bot.store.reading import Reader
from bot.store.signal import Signal

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0
"""seconds between two starts of a request whose runs keep ending early"""


class Engine(Protocol):
    """Whoever executes runs."""

    def running(self) -> frozenset[str]:
        """Ids of the requests that this process is running."""

    async def start(self, request_id: str, run: int) -> None:
        """Starts a run; a run that was started before is not started again."""


class Clocked(Protocol):
    """Whoever does something when its time has come."""

    async def once(self) -> None: ...


class Dispatcher:
    def __init__(
        self,
        committer: Committer,
        reader: Reader,
        engine: Engine,
        clocked: Sequence[Clocked],
        clock: Clock,
        changes: Signal,
        every: float,
    ) -> None:
        self._committer = committer
        self._clocked = clocked
        self._reader = reader
        self._engine = engine
        self._clock = clock
        self._changes = changes
        self._every = every
        self._starts: dict[str, tuple[int, datetime]] = {}
        self.looked_at: float | None = None
        """when it last looked, by the event loop's clock"""

    async def run(self) -> None:
        """Until cancelled: woken by every commit, and at the latest after ``every`` seconds."""
        while True:
            seen = self._changes.count
            try:
                # First: what people are told late must not keep a capture from going on.
                await self.once()
                for one in self._clocked:
                    await one.once()
                self.looked_at = asyncio.get_running_loop().time()
            except Exception:
                # A database that is away for a while: what is approved and what expires is looked at again.
                log.exception("dispatching failed")
            await self._changes.wait(seen, at_most=self._every)

    async def once(self) -> None:
        """Starts what has to be started now."""
        waiting = await self._reader.in_states(CAPTURING)
        for request in waiting:
            if request.id not in self._engine.running() and self._due(request.id):
                with about(request=request.id):
                    await self._start(request)
        for gone in self._starts.keys() - {request.id for request in waiting}:
            del self._starts[gone]

    def _due(self, request_id: str) -> bool:
        count, last = self._starts.get(request_id, (0, self._clock.now()))
        pause = 0.0 if count == 0 else min(2.0**count, LONGEST_PAUSE)
        return self._clock.now() >= last + timedelta(seconds=pause)

    async def _start(self, request: Request) -> None:
        run = request.run + 1
        entries = await self._reader.journal(request.id)
        silent = (self._clock.now() - entries[-1].at).total_seconds()

        def decide(now: Request) -> Step:
            if now.state not in CAPTURING:
                raise WrongState(now, State.READY)
            event: Event = RunStarted(run=run)
            if now.run > now.rested or now.state is not State.APPROVED:
                event = Resumed(run=run, state=now.state.value, silent_seconds=silent)
            return Step(events=(event,), set={"run": run})

        try:
            await self._committer.commit(request.id, f"run/{run}", decide)
        except WrongState as wrong:
            # It was called off since it was read.
            log.info("%s", wrong)
            return
        count, _ = self._starts.get(request.id, (0, None))
        self._starts[request.id] = (count + 1, self._clock.now())
        log.info("%s: run %s started in state %s", request.id, run, request.state)
        await self._engine.start(request.id, run)
