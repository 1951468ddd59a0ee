"""While nobody has decided, people are called again, once each."""

from __future__ import annotations

import pytest

from bot.core.events import Reminded
from bot.core.request import State
from tests.unit.core.things import BOB, CAROL
from tests.unit.requests.office import Office


@pytest.fixture
async def asked(office: Office) -> Office:
    office.policies.approval = {
        "remind_seconds": 300.0,
        "escalate_seconds": 600.0,
        "escalate_to": (CAROL,),
    }
    await office.awaiting()
    return office


async def said(office: Office) -> list[Reminded]:
    return [e for e in await office.events() if isinstance(e, Reminded)]


async def test_nothing_is_said_before_its_time(asked: Office) -> None:
    asked.world.clock.advance(299)
    await asked.reminder.once()
    assert await said(asked) == []


async def test_the_approvers_first_and_then_the_others_once_each(asked: Office) -> None:
    asked.world.clock.advance(300)
    await asked.reminder.once()
    await asked.reminder.once()
    asked.world.clock.advance(300)
    await asked.reminder.once()
    await asked.reminder.once()
    first, second = await said(asked)
    assert (first.escalated, [one.name for one in first.approvers]) == (False, ["owners"])
    assert (second.escalated, [one.people for one in second.approvers]) == (True, [(CAROL,)])
    assert (second.count, second.quorum) == (0, 1)


async def test_what_is_decided_is_not_asked_about(asked: Office) -> None:
    await asked.react(BOB)
    asked.world.clock.advance(800)
    await asked.reminder.once()
    assert await said(asked) == []
    assert (await asked.request()).state is State.APPROVED


async def test_where_no_rule_asks_for_it_nobody_is_called(office: Office) -> None:
    await office.awaiting()
    office.world.clock.advance(800)
    await office.reminder.once()
    assert await said(office) == []
