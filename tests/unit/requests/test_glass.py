"""Break-glass: alone, in the open, seldom, and looked at afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code
from bot.core.events import BrokeGlass, GlassReviewed, GlassUnreviewed, Planned
from bot.core.policy.freeze import Freeze
from bot.core.policy.right import Right
from bot.core.request import State
from bot.requests.ports import ReviewAsk
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, MALLORY, REQUEST
from tests.unit.requests.office import GUEST, USERGROUP, Office

REASON = "the pager is on fire"
DAY = 24 * 3600


@pytest.fixture
async def asked(office: Office) -> Office:
    """Alice, who asked, may break glass; two others would have to approve."""
    office.policies.grants = {Right.BREAK_GLASS: (ALICE,)}
    office.policies.quorum = 2
    await office.awaiting()
    return office


async def break_glass(office: Office, person: str = ALICE, **changed: Any) -> None:
    form: dict[str, Any] = {"break_glass": True, "reason": REASON} | changed
    await office.send_form(person, **form)


async def review(office: Office, person: str, words: str = "", key: str = "review/1") -> None:
    act = ReviewAsk(key=key, person=person, channel=CHANNEL, request=REQUEST, words=words)
    await office.reviewing.review(act)


async def test_it_stands_for_quorum_and_for_somebody_elses_approval(asked: Office) -> None:
    assert (await asked.one(Planned)).break_glass
    await break_glass(asked)
    request = await asked.request()
    assert (request.state, request.broke_glass, request.review_owed) == (State.APPROVED, ALICE, True)
    broke = await asked.one(BrokeGlass)
    assert (broke.person, broke.reason, broke.rules) == (ALICE, REASON, ("production",))
    assert [one.name for one in broke.approvers] == ["owners"]
    assert request.plan is not None
    assert await asked.readback.still(request, request.plan)


@pytest.mark.parametrize(
    ("person", "code"),
    [(BOB, Code.NOT_ALLOWED), (MALLORY, Code.NOT_ALLOWED), (GUEST, Code.FOREIGN_PERSON)],
)
async def test_it_takes_its_own_right(asked: Office, person: str, code: Code) -> None:
    await break_glass(asked, person)
    assert await asked.refusal(REQUEST) is code
    assert (await asked.request()).broke_glass is None


@pytest.mark.parametrize("reason", ["", "   ", "because"])
async def test_it_takes_a_reason(asked: Office, reason: str) -> None:
    await break_glass(asked, reason=reason)
    assert await asked.refusal(REQUEST) is Code.REASON_NEEDED


async def test_it_takes_the_vms_name_and_the_plan_that_was_shown(asked: Office) -> None:
    await break_glass(asked, typed="other")
    assert await asked.refusal() is Code.OTHER_NAME
    await break_glass(asked, digest="0" * 64)
    assert (await asked.request()).state is State.AWAITING


async def test_it_does_not_stand_for_the_time_to_read(office: Office) -> None:
    office.policies.grants = {Right.BREAK_GLASS: (ALICE,)}
    office.policies.approval = {"review_seconds": 300.0}
    await office.awaiting()
    await break_glass(office)
    assert await office.refusal(REQUEST) is Code.TOO_SOON


async def test_it_does_not_stand_for_the_expiry(asked: Office) -> None:
    asked.world.clock.advance(901)
    await break_glass(asked)
    assert await asked.refusal(REQUEST) is Code.TOO_LATE
    assert await asked.store.reader.entries_under(SITE, "glass/") == ()


async def test_a_rule_can_deny_it(asked: Office) -> None:
    asked.policies.denies = {Right.BREAK_GLASS: ("*",)}
    await break_glass(asked)
    assert await asked.refusal(REQUEST) is Code.DENIED_BY_RULE


async def test_it_opens_a_window_in_which_nothing_is_approved(office: Office) -> None:
    office.policies.grants = {Right.BREAK_GLASS: (ALICE,)}
    office.policies.approval = {"freezes": (Freeze(name="payroll", zone="UTC"),)}
    await office.awaiting()
    planned = await office.one(Planned)
    assert planned.frozen is not None
    assert planned.frozen.name == "payroll"
    await office.react(BOB)
    assert await office.refusal(REQUEST) is Code.FROZEN
    await break_glass(office)
    broke = await office.one(BrokeGlass)
    assert broke.frozen is not None
    request = await office.request()
    assert request.plan is not None
    assert await office.readback.still(request, request.plan)


async def test_it_is_spent_for_a_day(asked: Office) -> None:
    await break_glass(asked)
    await asked.cancel()
    await asked.ask(key="ask/2")
    planned = [e for e in await asked.store.reader.journal("VD-0002") if e.kind == "planned"]
    await asked.announcing.posted("VD-0002", planned[0].seq, "1772357400.000200")
    other = await asked.request("VD-0002")
    form: dict[str, Any] = {"request": "VD-0002", "digest": other.digest}
    await break_glass(asked, **form)
    assert await asked.refusal("VD-0002") is Code.BREAK_GLASS_SPENT
    assert (await asked.request("VD-0002")).state is State.AWAITING


async def test_two_at_once_are_two(asked: Office) -> None:
    await asyncio.gather(break_glass(asked, key="form/a"), break_glass(asked, key="form/b"))
    claims = await asked.store.reader.entries_under(SITE, "glass/")
    assert len(claims) == 1
    assert len([e for e in await asked.events() if isinstance(e, BrokeGlass)]) == 1


async def test_a_delivery_that_comes_again_spends_nothing(asked: Office) -> None:
    await break_glass(asked, key="form/a")
    before = await asked.store.tables()
    await break_glass(asked, key="form/a")
    assert await asked.store.tables() == before


async def test_it_stays_open_until_another_approver_has_looked_at_it(asked: Office) -> None:
    await break_glass(asked)
    await asked.cancel()
    request = await asked.request()
    assert (request.state, request.review_owed) == (State.CLOSED, True)
    await review(asked, ALICE)
    assert await asked.refusal() is Code.SELF_APPROVAL
    await review(asked, BOB, "was right", "review/2")
    reviewed = await asked.one(GlassReviewed)
    assert (reviewed.person, reviewed.words, reviewed.groups) == (BOB, "was right", ("owners",))
    request = await asked.request()
    assert (request.review_owed, request.broke_glass, request.reviewed_by) == (False, ALICE, BOB)


@pytest.mark.parametrize(("person", "code"), [(MALLORY, Code.NOT_AN_APPROVER), (GUEST, Code.FOREIGN_PERSON)])
async def test_who_could_not_have_approved_reviews_nothing(asked: Office, person: str, code: Code) -> None:
    await break_glass(asked)
    await review(asked, person)
    assert await asked.refusal() is code
    assert (await asked.request()).review_owed


async def test_nothing_else_waits_for_a_review(asked: Office) -> None:
    await review(asked, BOB)
    assert await asked.refusal() is Code.NOTHING_TO_REVIEW


async def test_a_day_without_a_review_is_said_each_day_once(asked: Office) -> None:
    await break_glass(asked)
    await asked.cancel()
    await asked.reminder.once()
    for day in (1, 2):
        asked.world.clock.advance(DAY)
        await asked.reminder.once()
        await asked.reminder.once()
        said = [e for e in await asked.events() if isinstance(e, GlassUnreviewed)]
        assert [one.days for one in said] == list(range(1, day + 1))
    await review(asked, CAROL)
    asked.world.clock.advance(DAY)
    await asked.reminder.once()
    assert len([e for e in await asked.events() if isinstance(e, GlassUnreviewed)]) == 2


async def test_it_is_not_offered_where_nobody_could(office: Office) -> None:
    await office.awaiting()
    assert not (await office.one(Planned)).break_glass


@pytest.mark.parametrize("trouble", ["unreadable", "empty"])
async def test_it_stands_for_approvers_who_are_not_there(asked: Office, trouble: str) -> None:
    if trouble == "unreadable":
        asked.chat.group_away = True
    else:
        asked.chat.members_of[USERGROUP] = frozenset()
    await asked.react(BOB)
    assert (await asked.request()).state is State.AWAITING
    await break_glass(asked)
    request = await asked.request()
    assert request.state is State.APPROVED
    assert request.plan is not None
    assert await asked.readback.still(request, request.plan)
