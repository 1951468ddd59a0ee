"""What it means that an entry is in the chat."""

from __future__ import annotations

import pytest

from bot.core.entry import SITE
from bot.core.request import State
from bot.core.vote import Choice
from tests.unit.core.things import CHANNEL, REQUEST
from tests.unit.requests.office import MESSAGE, Office


async def planned(office: Office) -> int:
    return next(e.seq for e in await office.store.reader.journal(REQUEST) if e.kind == "planned")


async def test_from_the_approval_message_on_reactions_count(office: Office) -> None:
    await office.ask()
    assert not await office.react()
    await office.announcing.posted(REQUEST, await planned(office), MESSAGE)
    request = await office.request()
    assert (request.state, request.thread, request.approval_message) == (State.AWAITING, MESSAGE, MESSAGE)
    assert await office.react()


async def test_told_twice_nothing_changes(office: Office) -> None:
    await office.awaiting()
    before = await office.store.tables()
    await office.announcing.posted(REQUEST, await planned(office), "1772357999.000100")
    assert await office.store.tables() == before


async def test_it_is_told_again_after_the_request_went_on(office: Office) -> None:
    await office.awaiting()
    await office.react(choice=Choice.DENY)
    before = await office.store.tables()
    await office.announcing.posted(REQUEST, await planned(office), MESSAGE)
    assert await office.store.tables() == before


async def test_a_plan_that_comes_out_after_the_end_begins_the_thread_only(office: Office) -> None:
    await office.ask()
    await office.cancel()
    await office.announcing.posted(REQUEST, await planned(office), MESSAGE)
    request = await office.request()
    assert (request.state, request.thread, request.approval_message) == (State.CLOSED, MESSAGE, None)
    assert not await office.react()


@pytest.mark.parametrize("seq", [1])
async def test_other_entries_mean_nothing(office: Office, seq: int) -> None:
    await office.ask()
    before = await office.store.tables()
    await office.announcing.posted(REQUEST, seq, MESSAGE)
    await office.announcing.posted(SITE, seq, MESSAGE)
    assert await office.store.tables() == before
    assert await office.store.reader.by_message(CHANNEL, MESSAGE) is None
