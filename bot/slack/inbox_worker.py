"""Does what stored deliveries ask for, in order where order matters, until each is done."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection

from bot.core.errors import VmdumpError
from bot.ops.redaction import safe_logger
from bot.ops.subject import about
from bot.requests.ports import (
    Act,
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    FormVote,
    Misspelt,
    PinAsk,
    Press,
    Question,
    Reaction,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
)
from bot.slack.deliveries import parse
from bot.slack.lanes import Lanes
from bot.slack.slack_limits import TRIGGER_SECONDS
from bot.store import inbox
from bot.store.clock import Clock
from bot.store.database import Database
from bot.store.inbox import Delivery

CONCURRENCY = 16
LOOK_SECONDS = 1.0
"""the longest pause between two looks at the inbox"""
TRIES = 8
LONGEST_PAUSE = 60.0
"""seconds before a failed delivery is tried again; it begins with one and doubles"""
STRAY_SECONDS = 10.0
"""how long a reaction waits for its message to be known as an approval message"""
STRAY_PAUSE = 0.25
"""seconds before such a reaction is tried again; doubles each time"""
_SLOW = (Ask, CheckAsk, DisarmAsk, DoctorAsk, ExplainAsk)
"""acts that ask vCenters"""
_EVER = datetime.max.replace(tzinfo=UTC)

log = safe_logger("vmdump.slack.inbox")


class Handlers(Protocol):
    """What people's acts lead to. Each may be called again with the same act, known by its key."""

    async def ask(self, act: Ask) -> None: ...

    async def cancel(self, act: CancelAsk) -> None: ...

    async def pin(self, act: PinAsk) -> None: ...

    async def unpin(self, act: UnpinAsk) -> None: ...

    async def release(self, act: ReleaseAsk) -> None: ...

    async def answer(self, act: Question) -> None: ...

    async def misspelt(self, act: Misspelt) -> None: ...

    async def review(self, act: ReviewAsk) -> None: ...

    async def explain(self, act: ExplainAsk) -> None: ...

    async def doctor(self, act: DoctorAsk) -> None: ...

    async def check(self, act: CheckAsk) -> None: ...

    async def disarm(self, act: DisarmAsk) -> None: ...

    async def press(self, act: Press) -> None: ...

    async def form_vote(self, act: FormVote) -> None: ...

    async def vote(self, act: Reaction) -> bool:
        """False if no approval message of that id is known, or not yet."""


class InboxWorker:
    """Works off the inbox. ``bot_user`` is our own user id."""

    def __init__(self, database: Database, clock: Clock, handlers: Handlers, *, bot_user: str) -> None:
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._bot_user = bot_user

    async def run(self) -> None:
        """Until cancelled; whatever fails is logged and tried again."""
        changes = self._database.changes
        async with asyncio.TaskGroup() as tasks:
            lanes = Lanes(tasks, limit=CONCURRENCY, on_end=changes.set)
            slow = Lanes(tasks, limit=CONCURRENCY, on_end=changes.set)
            while True:
                seen = changes.count
                pause = LOOK_SECONDS
                try:
                    pause = await self._look(lanes, slow)
                except Exception as error:  # noqa: BLE001  # a database that is away for a while
                    log.error("the inbox cannot be read: %s", type(error).__name__)  # noqa: TRY400
                await changes.wait(seen, at_most=pause)

    async def _look(self, lanes: Lanes, slow: Lanes) -> float:
        """Starts what can be started; seconds until something else may be due."""
        busy, now = lanes.busy() | slow.busy(), self._clock.now()

        def read(connection: Connection) -> tuple[tuple[Delivery, ...], set[int]]:
            due = {delivery.id for delivery in inbox.undone(connection, now)}
            return inbox.undone(connection, _EVER), due

        undone, due = await self._database.read(read)
        for lane, delivery, act in self._firsts(undone):
            # Votes, presses and cancellations never wait behind questions to a vCenter that does not answer.
            room = slow if isinstance(act, _SLOW) else lanes
            if lane not in busy and delivery.id in due and not room.full:
                with about(delivery=delivery.key):
                    room.start(lane, self._deal_with(delivery, act))
        return STRAY_PAUSE if len(due) < len(undone) else LOOK_SECONDS

    def _firsts(self, undone: tuple[Delivery, ...]) -> Iterator[tuple[Hashable, Delivery, Act | None]]:
        """The first of each lane, even if it is not due: those behind it wait for it."""
        parsed = [(delivery, parse(delivery, bot_user=self._bot_user)) for delivery in undone]
        lanes = set()
        # Socket Mode keeps no order: votes on a message go by the chat's time as far as they are here.
        for delivery, act in sorted(parsed, key=_order):
            lane = _lane(delivery, act)
            if lane not in lanes:
                lanes.add(lane)
                yield lane, delivery, act

    async def _deal_with(self, delivery: Delivery, act: Act | None) -> None:
        try:
            again_in = None if act is None else await self._try(delivery, act)
            if again_in is None:
                await self._database.write(lambda connection: inbox.done(connection, delivery))
                return
            due_at = self._clock.now().timestamp() + again_in
            await self._database.write(lambda connection: inbox.later(connection, delivery, due_at))
        except Exception as error:  # noqa: BLE001  # the delivery stays in the inbox and comes again
            log.error("delivery %s: %s", delivery.key, type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(LOOK_SECONDS)

    async def _try(self, delivery: Delivery, act: Act) -> float | None:
        """None if the delivery is done, else the seconds after which to try again."""
        try:
            if await self._handle(act):
                return None
        except VmdumpError as error:
            log.warning("delivery %s: %s %s", delivery.key, error.code, error.params)
        except Exception:
            log.exception("delivery %s", delivery.key)
        else:
            age = self._clock.now().timestamp() - delivery.received_at
            return STRAY_PAUSE * 2**delivery.tries if age < STRAY_SECONDS else None
        if delivery.tries + 1 >= TRIES:
            log.error("delivery %s failed %s times and is given up", delivery.key, TRIES)
            return None
        return min(2.0**delivery.tries, LONGEST_PAUSE)

    async def _pressed(self, act: Press) -> None:
        """A form can be shown for three seconds; after that there is nobody any more who waits for it."""
        if (self._clock.now() - act.at).total_seconds() < TRIGGER_SECONDS:
            await self._handlers.press(act)

    async def _handle(self, act: Act) -> bool:  # noqa: C901  # one line an act
        """False for a reaction whose message nobody knows."""
        match act:
            case Ask():
                await self._handlers.ask(act)
            case CancelAsk():
                await self._handlers.cancel(act)
            case PinAsk():
                await self._handlers.pin(act)
            case UnpinAsk():
                await self._handlers.unpin(act)
            case ReleaseAsk():
                await self._handlers.release(act)
            case Question():
                await self._handlers.answer(act)
            case Misspelt():
                await self._handlers.misspelt(act)
            case ReviewAsk():
                await self._handlers.review(act)
            case ExplainAsk():
                await self._handlers.explain(act)
            case DoctorAsk():
                await self._handlers.doctor(act)
            case CheckAsk():
                await self._handlers.check(act)
            case DisarmAsk():
                await self._handlers.disarm(act)
            case Press():
                await self._pressed(act)
            case FormVote():
                await self._handlers.form_vote(act)
            case Reaction():
                return await self._handlers.vote(act)
            case _:
                raise TypeError(f"nobody deals with {type(act).__name__}")
        return True


def _lane(delivery: Delivery, act: Act | None) -> Hashable:
    if isinstance(act, Reaction):
        return ("message", act.channel, act.message)
    return ("delivery", delivery.id)


def _order(parsed: tuple[Delivery, Act | None]) -> tuple[float, int]:
    delivery, act = parsed
    return (act.at.timestamp() if isinstance(act, Reaction) else 0.0, delivery.id)
