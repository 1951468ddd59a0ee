"""What happens in the workspace, as a stream, and a way to wait for it without polling."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.lab.slack.entities import Change

T = TypeVar("T")


class ChangeFeed:
    """Hands every change to every open stream, and wakes whoever waits for a condition."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._wakers: set[asyncio.Event] = set()

    def announce(self, change: Change) -> None:
        """Tell everybody of a change that people can see."""
        for queue in self._queues:
            queue.put_nowait(change)
        self.wake()

    def wake(self) -> None:
        """Have every waiting condition looked at again."""
        for waker in self._wakers:
            waker.set()

    def close(self) -> None:
        """End every open stream once it has handed out what it holds."""
        for queue in self._queues:
            queue.put_nowait(None)

    @contextmanager
    def stream(self) -> Iterator[AsyncIterator[Change]]:
        """All changes from the moment the block is entered; none is missed between two reads."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield _drain(queue)
        finally:
            self._queues.discard(queue)

    async def until(self, condition: Callable[[], T]) -> T:
        """Wait until `condition()` is true and return its value. The time limit is the caller's."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            while True:
                waker.clear()
                value = condition()
                if value:
                    return value
                await waker.wait()
        finally:
            self._wakers.discard(waker)


async def _drain(queue: asyncio.Queue[Change | None]) -> AsyncIterator[Change]:
    while (change := await queue.get()) is not None:
        yield change
