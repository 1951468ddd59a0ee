"""The dispatcher starts what is approved and what nobody is running."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy.exc import OperationalError

from bot.core.events import Resumed, RunStarted
from bot.core.request import CAPTURING, Request, State
from bot.requests.dispatch import LONGEST_PAUSE, Dispatcher
from bot.store.signal import Signal
from tests.unit.core.things import REQUEST
from tests.unit.requests.office import Office


class FakeEngine:
    """Implements ``Engine``: runs end only when they are told to."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.alive: set[str] = set()

    def running(self) -> frozenset[str]:
        return frozenset(self.alive)

    async def start(self, request_id: str, run: int) -> None:
        self.started.append((request_id, run))
        self.alive.add(request_id)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def dispatcher(office: Office, engine: FakeEngine) -> Dispatcher:
    return Dispatcher(
        office.store.committer,
        office.store.reader,
        engine,
        (office.expirer, office.reminder),
        office.world.clock,
        Signal(),
        every=1,
    )


async def test_an_approved_request_is_started_once(
    office: Office, engine: FakeEngine, dispatcher: Dispatcher
) -> None:
    await office.awaiting()
    await dispatcher.once()
    assert engine.started == []
    await office.react()
    for _ in range(3):
        await dispatcher.once()
    assert engine.started == [(REQUEST, 1)]
    assert (await office.request()).run == 1
    assert (await office.one(RunStarted)).run == 1


@pytest.mark.parametrize("state", [State.READY, State.PREPARING, State.SENT])
async def test_what_nobody_is_running_goes_on_and_says_so(
    office: Office, engine: FakeEngine, dispatcher: Dispatcher, state: State
) -> None:
    await office.awaiting()
    await office.put_into(state)
    office.world.clock.advance(300)
    await dispatcher.once()
    assert engine.started == [(REQUEST, 1)]
    resumed = await office.one(Resumed)
    assert (resumed.state, resumed.silent_seconds) == (state.value, 300)


async def test_runs_that_keep_ending_early_are_started_less_and_less_often(
    office: Office, engine: FakeEngine, dispatcher: Dispatcher
) -> None:
    await office.awaiting()
    await office.react()
    starts = []
    for second in range(400):
        engine.alive.clear()
        before = len(engine.started)
        await dispatcher.once()
        if len(engine.started) > before:
            starts.append(second)
        office.world.clock.advance(1)
    pauses = [after - before for before, after in pairwise(starts)]
    assert pauses[:5] == [2, 4, 8, 16, 32]
    assert set(pauses[5:]) == {LONGEST_PAUSE}
    assert [run for _, run in engine.started] == list(range(1, len(starts) + 1))


async def test_what_was_called_off_since_it_was_read_is_not_started(
    office: Office, engine: FakeEngine, dispatcher: Dispatcher
) -> None:
    await office.awaiting()
    await office.react()
    read = office.store.reader.in_states

    async def then_cancelled(states: frozenset[State]) -> tuple[Request, ...]:
        found = await read(states)
        if states == CAPTURING:
            await office.cancel()
        return found

    office.store.reader.in_states = then_cancelled  # type: ignore[method-assign]
    await dispatcher.once()
    assert engine.started == []
    assert (await office.kinds())[-1] == "closed"


async def test_a_database_that_is_away_for_a_while_does_not_end_it(
    office: Office, engine: FakeEngine, dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    await office.awaiting()
    await office.react()
    read, failures = office.store.reader.in_states, iter(range(2))

    async def sometimes(states: frozenset[State]) -> tuple[Request, ...]:
        if next(failures, None) is not None:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        found = await read(states)
        if states == CAPTURING and engine.started:
            raise asyncio.CancelledError
        return found

    office.store.reader.in_states = sometimes  # type: ignore[method-assign]
    dispatcher._every = 0
    with pytest.raises(asyncio.CancelledError):
        await dispatcher.run()
    assert engine.started == [(REQUEST, 1)]
    assert caplog.text.count("dispatching failed") == 2
