"""Work that keeps its order within a lane and runs side by side between lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable


class Lanes:
    """At most one task per lane and ``limit`` in all; ``on_end`` is called after each."""

    def __init__(self, tasks: asyncio.TaskGroup, *, limit: int, on_end: Callable[[], None]) -> None:
        self._tasks = tasks
        self._limit = limit
        self._on_end = on_end
        self._busy: set[Hashable] = set()

    def busy(self) -> frozenset[Hashable]:
        """The lanes in use now.

        Ask before reading what there is to do: a lane that was free then cannot have been in use while it
        was read, so that nothing is done twice on the strength of a row that has changed since.
        """
        return frozenset(self._busy)

    @property
    def full(self) -> bool:
        return len(self._busy) >= self._limit

    def start(self, lane: Hashable, work: Coroutine[None, None, None]) -> None:
        """The lane must be free and ``work`` must not raise."""
        self._busy.add(lane)
        task = self._tasks.create_task(work)
        task.add_done_callback(lambda _: self._end(lane))

    def _end(self, lane: Hashable) -> None:
        self._busy.discard(lane)
        self._on_end()
