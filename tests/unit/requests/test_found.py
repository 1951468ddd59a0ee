"""Votes that came while nobody listened: found on the message, with the time of the reading."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.errors import Code
from bot.core.events import Voted, VoteWithdrawn
from bot.core.request import Outcome, State
from bot.core.vote import Choice
from tests.unit.core.things import ALICE, BOB, CAROL, MALLORY, REQUEST
from tests.unit.requests.office import MESSAGE, Office


@pytest.fixture
async def asked(office: Office) -> Office:
    office.policies.quorum = 2
    await office.awaiting()
    office.world.clock.advance(4)
    return office


async def test_a_message_that_is_new_is_left_to_the_events(asked: Office) -> None:
    asked.world.clock.time = datetime.fromtimestamp(float(MESSAGE) + 2.9, UTC)
    on(asked, BOB)
    await asked.found.once(set())
    assert (await asked.request()).votes == ()
    asked.world.clock.advance(0.2)
    await asked.found.once(set())
    assert (await asked.request()).votes != ()


async def test_each_message_is_read_once_while_somebody_listens(asked: Office) -> None:
    read: set[str] = set()
    await asked.found.once(read)
    on(asked, BOB)
    await asked.found.once(read)
    assert read == {MESSAGE}
    assert (await asked.request()).votes == ()


def on(office: Office, person: str, choice: Choice = Choice.APPROVE) -> None:
    office.chat.on.add((MESSAGE, person, choice))


async def test_they_count_from_the_time_of_the_reading(asked: Office) -> None:
    on(asked, BOB)
    on(asked, CAROL)
    asked.world.clock.advance(60)
    await asked.found.once(set())
    request = await asked.request()
    assert request.state is State.APPROVED
    assert {vote.at for vote in request.votes} == {asked.world.clock.now()}
    assert [e.found for e in await asked.events() if isinstance(e, Voted)] == [True, True]


async def test_none_counts_after_the_expiry(asked: Office) -> None:
    on(asked, BOB)
    on(asked, CAROL)
    asked.world.clock.advance(901)
    await asked.found.once(set())
    assert (await asked.request()).state is State.AWAITING
    assert [e.data["code"] for e in await asked.told(REQUEST)] == [Code.TOO_LATE.value] * 2


async def test_a_denial_is_found_first(asked: Office) -> None:
    asked.policies.quorum = 1
    on(asked, BOB)
    on(asked, CAROL, Choice.DENY)
    await asked.found.once(set())
    assert (await asked.request()).outcome is Outcome.DENIED


async def test_the_requesters_no_cancels(asked: Office) -> None:
    on(asked, ALICE, Choice.DENY)
    await asked.found.once(set())
    assert (await asked.request()).outcome is Outcome.CANCELLED


async def test_what_is_known_is_not_counted_again(asked: Office) -> None:
    await asked.react(BOB)
    before = await asked.store.tables()
    await asked.found.once(set())
    assert await asked.store.tables() == before


async def test_what_was_refused_when_it_came_has_to_be_put_on_anew(asked: Office) -> None:
    asked.chat.group_away = True
    await asked.react(BOB)
    asked.chat.group_away = False
    before = await asked.store.tables()
    await asked.found.once(set())
    assert await asked.store.tables() == before


async def test_who_may_not_vote_is_refused_once(asked: Office) -> None:
    on(asked, MALLORY)
    await asked.found.once(set())
    await asked.found.once(set())
    assert await asked.refusal(REQUEST) is Code.NOT_AN_APPROVER


async def test_an_approval_that_is_gone_counts_no_more(asked: Office) -> None:
    await asked.react(BOB)
    asked.chat.on.clear()
    asked.world.clock.advance(60)
    await asked.found.once(set())
    gone = await asked.one(VoteWithdrawn)
    assert (gone.person, gone.count, gone.found) == (BOB, 0, True)


async def test_the_event_that_comes_after_it_was_found_adds_nothing(asked: Office) -> None:
    on(asked, BOB)
    asked.world.clock.advance(60)
    await asked.found.once(set())
    await asked.react(BOB, at=10)
    assert len([e for e in await asked.events() if isinstance(e, Voted)]) == 1
    await asked.react(CAROL, at=61)
    assert (await asked.request()).state is State.APPROVED


async def test_a_message_that_cannot_be_read_is_read_the_next_time(asked: Office) -> None:
    on(asked, BOB)
    asked.chat.unreadable = True
    await asked.found.once(set())
    assert (await asked.request()).votes == ()
    asked.chat.unreadable = False
    await asked.found.once(set())
    assert [vote.person for vote in (await asked.request()).votes] == [BOB]
