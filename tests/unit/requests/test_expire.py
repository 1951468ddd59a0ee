"""A request that nobody decides in time is closed."""

from __future__ import annotations

import pytest

from bot.core.events import Expired
from bot.core.request import Outcome, State
from bot.core.vote import Choice
from tests.unit.core.things import BOB
from tests.unit.requests.office import Office


async def test_it_is_closed_when_its_time_is_over_and_not_before(office: Office) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    await office.react(BOB)
    office.world.clock.advance(900)
    await office.expirer.once()
    assert (await office.request()).state is State.AWAITING
    office.world.clock.advance(1)
    await office.expirer.once()
    await office.expirer.once()
    request = await office.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.EXPIRED)
    expired = await office.one(Expired)
    assert (expired.count, expired.quorum) == (1, 2)


async def test_one_that_never_got_a_plan_ends_without_a_word(office: Office) -> None:
    office.world.always_failing = {"host": RuntimeError("killed")}
    with pytest.raises(RuntimeError):
        await office.ask()
    office.world.clock.advance(901)
    await office.expirer.once()
    assert (await office.request()).outcome is Outcome.EXPIRED
    assert await office.store.reader.unsent() == ()


async def test_one_whose_message_never_came_out_ends_too(office: Office) -> None:
    await office.ask()
    office.world.clock.advance(901)
    await office.expirer.once()
    assert (await office.request()).outcome is Outcome.EXPIRED


@pytest.mark.parametrize("state", [State.APPROVED, State.SENT])
async def test_what_is_decided_does_not_expire(office: Office, state: State) -> None:
    await office.awaiting()
    await office.put_into(state)
    office.world.clock.advance(9999)
    await office.expirer.once()
    assert (await office.request()).state is state


async def test_a_decision_in_the_same_moment_wins_if_it_came_first(office: Office) -> None:
    await office.awaiting()
    office.world.clock.advance(901)
    found = await office.store.reader.in_states(frozenset({State.AWAITING}))

    async def as_read_before(_: object) -> object:
        return found

    await office.react(choice=Choice.DENY)
    office.store.reader.in_states = as_read_before  # type: ignore[method-assign, assignment]
    await office.expirer.once()
    assert (await office.request()).outcome is Outcome.DENIED
