"""Runs captures on DBOS, whose rows are a bookmark: our own tables say what is true.

Rules that crash tests of the library proved necessary: a fixed application version and executor id (a changed
one strands workflows), the database's lock held before the launch, no steering by exceptions, unlimited
recovery attempts, JSON instead of pickle, a bounded number of threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from bot.durable.bookmarks import Bookmarks
from bot.ops.subject import about

log = logging.getLogger(__name__)

EXECUTOR = "vmdump"
APPLICATION_VERSION = "1"
THREADS = 16
POLL = 0.25
"""seconds between the library's looks for notifications, which this product does not use"""

Work = Callable[[str, str, int], Awaitable[None]]


class DbosEngine:
    """Executes runs, one workflow each, named ``<request>/<run>``; its input is those two and nothing else.

    The library keeps one registry per process, so there is one engine per process. Use as a context manager
    inside the running event loop, with the database's instance lock held.
    """

    def __init__(self, bookmarks: Bookmarks, phases: Sequence[str], work: Work) -> None:
        self._bookmarks = bookmarks
        self._phases = tuple(phases)
        self._work = work
        self._running: set[tuple[str, int]] = set()
        """the library also brings back runs of former processes, which end at once: each counts for itself"""
        self._tasks: set[asyncio.Task[object]] = set()
        self._start: Callable[[str, int], Awaitable[object]] | None = None

    async def __aenter__(self) -> DbosEngine:
        DBOS(config=self._config())
        self._register()
        # The library finds the running loop by itself and runs workflows on it.
        DBOS.launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        # The library lets workflows run on; one that finds its tools closed would give its request up.
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
        self._bookmarks.close()

    def running(self) -> frozenset[str]:
        return frozenset(request_id for request_id, _ in self._running)

    async def start(self, request_id: str, run: int) -> None:
        if self._start is None:
            raise RuntimeError("the engine is not launched")
        self._running.add((request_id, run))
        try:
            await self._start(request_id, run)
        except BaseException:
            self._running.discard((request_id, run))
            raise

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            **self._bookmarks.config(),
            name="vmdump",
            executor_id=EXECUTOR,
            application_version=APPLICATION_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            max_executor_threads=THREADS,
            # Its own reports are tracebacks; ours say the same in a sentence.
            log_level="CRITICAL",
            notification_listener_polling_interval_sec=POLL,
        )

    def _register(self) -> None:
        @DBOS.step(name="phase")
        async def phase(name: str, request_id: str, run: int) -> bool:
            """Whether the run goes on; phases look at our tables, so a step that is repeated does no harm."""
            with about(request=request_id):
                try:
                    await self._work(name, request_id, run)
                except Exception:
                    log.exception("%s: run %s ended in %s", request_id, run, name)
                    return False
            return True

        @DBOS.workflow(name="capture", max_recovery_attempts=None)
        async def capture(request_id: str, run: int) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # the library runs coroutines as tasks of the running loop
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._running.add((request_id, run))
            try:
                for name in self._phases:
                    if not await phase(name, request_id, run):
                        break
            finally:
                self._running.discard((request_id, run))

        async def start(request_id: str, run: int) -> object:
            with SetWorkflowID(f"{request_id}/{run}"):
                return await DBOS.start_workflow_async(capture, request_id, run)

        self._start = start
