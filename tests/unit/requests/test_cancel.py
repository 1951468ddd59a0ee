"""Calling a request off, until something was changed."""

from __future__ import annotations

import pytest

from bot.core.errors import Code
from bot.core.events import Cancelled
from bot.core.request import STOPPABLE, Outcome, State
from tests.unit.core.things import ALICE, BOB, CAROL, MALLORY, REQUEST
from tests.unit.requests.office import GUEST, Office


@pytest.mark.parametrize("state", [State.APPROVED, State.READY, State.PREPARING, State.PREPARED, State.SENT])
async def test_it_is_called_off_until_the_first_effect(office: Office, state: State) -> None:
    await office.awaiting()
    before = await office.put_into(state)
    await office.cancel()
    if state in STOPPABLE:
        assert (await office.request()).outcome is Outcome.CANCELLED
    else:
        assert await office.request() == before
        assert await office.refusal() is Code.TOO_LATE


@pytest.mark.parametrize("planned", [True, False])
async def test_before_there_is_a_thread_nobody_else_hears_of_it(office: Office, planned: bool) -> None:
    if not planned:
        office.world.always_failing = {"host": RuntimeError("killed")}
        with pytest.raises(RuntimeError):
            await office.ask()
    else:
        await office.ask()
    await office.cancel()
    assert (await office.request()).outcome is Outcome.CANCELLED
    kinds = [
        (await office.store.reader.entry(p.journal, p.seq)).kind for p in await office.store.reader.unsent()
    ]
    assert kinds == (["planned", "cancelled", "closed"] if planned else [])


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (CAROL, None),
        (ALICE, None),
        (BOB, Code.NOT_ALLOWED),
        (MALLORY, Code.NOT_ALLOWED),
        (GUEST, Code.FOREIGN_PERSON),
    ],
)
async def test_the_requester_may_and_whom_a_rule_names(
    office: Office, person: str, code: Code | None
) -> None:
    await office.awaiting()
    await office.cancel(person)
    if code is None:
        assert (await office.one(Cancelled)).person == person
    else:
        assert await office.refusal() is code
        assert (await office.request()).state is State.AWAITING


async def test_what_is_not_there_cannot_be_called_off(office: Office) -> None:
    await office.cancel(request="VD-9999")
    assert await office.refusal() is Code.REQUEST_UNKNOWN


async def test_a_delivery_that_comes_twice_changes_nothing(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    before = await office.store.tables()
    office.chat.away = True
    await office.cancel()
    assert await office.store.tables() == before


@pytest.mark.parametrize("state", [State.PLANNED, State.AWAITING, State.APPROVED, State.READY])
async def test_while_the_chat_tells_nothing_requesters_still_call_off_what_they_asked_for(
    office: Office, state: State
) -> None:
    if state is State.PLANNED:
        await office.ask()
    else:
        await office.awaiting()
    if state in {State.APPROVED, State.READY}:
        await office.put_into(state)
    office.chat.away = True
    await office.cancel(CAROL)
    assert await office.refusal() is Code.SLACK_UNREACHABLE
    assert (await office.request()).state is state
    await office.cancel(key="cancel/2")
    assert (await office.request()).outcome is Outcome.CANCELLED


async def test_while_groups_cannot_be_read_nobody_else_calls_anything_off(office: Office) -> None:
    await office.awaiting()
    office.policies.cancel = ("owners",)
    office.chat.group_away = True
    await office.cancel(CAROL)
    assert await office.refusal() is Code.GROUP_UNREADABLE
    assert (await office.request()).state is State.AWAITING


async def test_a_refusal_stands_when_the_delivery_comes_again(office: Office) -> None:
    await office.awaiting()
    office.chat.away = True
    await office.cancel(CAROL)
    office.chat.away = False
    await office.cancel(CAROL)
    assert (await office.request()).state is State.AWAITING
    assert await office.refusal() is Code.SLACK_UNREACHABLE


async def test_an_id_that_is_closed_is_past_calling_off(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    await office.cancel(key="cancel/2")
    assert await office.refusal() is Code.TOO_LATE
    assert (await office.kinds()).count("cancelled") == 1
    assert (await office.request(REQUEST)).outcome is Outcome.CANCELLED
