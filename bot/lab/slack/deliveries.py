"""What Slack delivers to the app: once for commands and clicks, again and again for events."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["slash_commands", "events_api", "interactive"]

RETRY_PAUSES = (0.0, 60.0, 300.0)
"""Seconds before each of the three redeliveries of an event (docs.slack.dev/apis/events-api)."""


class NotDelivered(Exception):
    """The app did not take a delivery.

    `reason` is the retry reason of the next try, `error` what a person sees whose command it was.
    """

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


@dataclass(eq=False, slots=True)
class Delivery:
    """One payload on its way. `attempts` counts the tries, `acknowledged` is None while it is under way."""

    kind: Kind
    payload: dict[str, Any]
    attempts: int = 0
    acknowledged: bool | None = None
    error: str | None = None
    answer: dict[str, Any] | None = None
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    async def settled(self) -> bool:
        """Wait for the end of all tries; whether the app acknowledged one. The time limit is the caller's."""
        await self._done.wait()
        return bool(self.acknowledged)

    def settle(self, *, acknowledged: bool) -> None:
        """No more tries follow."""
        self.acknowledged = acknowledged
        self._done.set()


class Transport(Protocol):
    """A way to the app."""

    async def send(self, delivery: Delivery, *, reason: str, keep: float) -> dict[str, Any] | None:
        """Deliver once; what the app answered with its acknowledgement.

        `keep`: for how many real seconds to hold the delivery if the app is not connected. Raises
        NotDelivered.
        """
        ...


class Courier:
    """Carries deliveries over whichever transport is in use, with pauses divided by `speed`."""

    def __init__(self, *, speed: float) -> None:
        self._speed = speed
        self._tasks: set[asyncio.Task[None]] = set()

    def event(self, delivery: Delivery, transport: Transport) -> None:
        """Start delivering an event, with redeliveries until one is acknowledged."""
        self._start(self._carry(delivery, transport))

    async def once(self, delivery: Delivery, transport: Transport) -> None:
        """Deliver a command or a click. People see the failure; Slack does not try again."""
        delivery.attempts = 1
        try:
            delivery.answer = await transport.send(delivery, reason="", keep=0)
        except NotDelivered as failure:
            delivery.error = failure.error
        delivery.settle(acknowledged=delivery.error is None)

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, transport: Transport) -> None:
        loop = asyncio.get_running_loop()
        reason = ""
        for pause in (*RETRY_PAUSES, None):
            started = loop.time()
            keep = 0.0 if pause is None else pause / self._speed
            delivery.attempts += 1
            try:
                delivery.answer = await transport.send(delivery, reason=reason, keep=keep)
            except NotDelivered as failure:
                reason = delivery.error = failure.reason
            else:
                delivery.error = None
                delivery.settle(acknowledged=True)
                return
            if pause is not None:
                await asyncio.sleep(max(0.0, started + keep - loop.time()))
        delivery.settle(acknowledged=False)
