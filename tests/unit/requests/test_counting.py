"""What an approval needs besides a right: several groups, a form, time to read, no freeze."""

from __future__ import annotations

from datetime import time

import pytest

from bot.core.errors import Code
from bot.core.events import Voted
from bot.core.policy.freeze import Freeze
from bot.core.policy.model import Means
from bot.core.policy.right import Right
from bot.core.request import Outcome, State
from bot.core.vote import Choice
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, NOW, REQUEST
from tests.unit.requests.office import MESSAGE, Office

BUTTON = {"by": (Means.BUTTON,)}
POSTED = float(MESSAGE)
ALWAYS = Freeze(name="for-ever", zone="UTC")


async def test_each_group_needs_a_person_of_its_own(office: Office) -> None:
    office.policies.approval = {"all_of": ("owners", BOB)}
    await office.awaiting()
    await office.react(BOB)
    assert len((await office.one(Voted)).missing) == 1
    assert (await office.request()).state is State.AWAITING
    await office.react(CAROL, at=2)
    assert (await office.request()).state is State.APPROVED


async def test_where_the_button_is_asked_for_a_reaction_approves_nothing(office: Office) -> None:
    office.policies.approval = BUTTON
    await office.awaiting()
    await office.react()
    assert await office.refusal(REQUEST) is Code.OTHER_MEANS
    await office.send_form(reason="INC-1")
    voted = await office.one(Voted)
    assert (voted.means, voted.reason) == (Means.BUTTON, "INC-1")
    assert (await office.request()).state is State.APPROVED


async def test_where_a_reaction_is_asked_for_the_button_approves_nothing(office: Office) -> None:
    await office.awaiting()
    await office.send_form()
    assert await office.refusal(REQUEST) is Code.OTHER_MEANS


async def test_a_denial_counts_by_either(office: Office) -> None:
    await office.awaiting()
    await office.send_form(choice=Choice.DENY, reason="not during payroll")
    assert (await office.request()).outcome is Outcome.DENIED
    assert (await office.one(Voted)).reason == "not during payroll"


@pytest.mark.parametrize("typed", ["dumptest", "DumpTest2", "", "Dump Test"])
async def test_a_form_with_another_name_counts_nothing(office: Office, typed: str) -> None:
    office.policies.approval = BUTTON
    await office.awaiting()
    await office.send_form(typed=typed)
    assert await office.refusal() is Code.OTHER_NAME
    assert (await office.request()).votes == ()


async def test_a_form_that_showed_another_plan_counts_nothing(office: Office) -> None:
    office.policies.approval = BUTTON
    await office.awaiting()
    await office.send_form(digest="0" * 64)
    assert await office.refusal(REQUEST) is Code.TOO_LATE
    assert (await office.request()).votes == ()


async def test_a_form_that_comes_twice_counts_once(office: Office) -> None:
    office.policies.approval = {"by": (Means.BUTTON,), "quorum": 2}
    await office.awaiting()
    await office.send_form(key="form/a")
    before = await office.store.tables()
    await office.send_form(key="form/a")
    assert await office.store.tables() == before


async def test_the_requesters_form_that_denies_cancels(office: Office) -> None:
    await office.awaiting()
    await office.send_form(ALICE, Choice.DENY)
    assert (await office.request()).outcome is Outcome.CANCELLED


@pytest.mark.parametrize(("after", "counts"), [(0.0, False), (29.9, False), (30.0, True), (31.0, True)])
async def test_nobody_reads_a_plan_in_no_time(office: Office, after: float, counts: bool) -> None:
    office.policies.approval = {"review_seconds": 30.0}
    await office.awaiting()
    await office.react(at=POSTED + after - NOW.timestamp())
    assert (await office.request()).state is (State.APPROVED if counts else State.AWAITING)
    if not counts:
        assert await office.refusal(REQUEST) is Code.TOO_SOON


async def test_a_denial_needs_no_time_to_read(office: Office) -> None:
    office.policies.approval = {"review_seconds": 30.0}
    await office.awaiting()
    await office.react(BOB, Choice.DENY, at=POSTED - NOW.timestamp())
    assert (await office.request()).outcome is Outcome.DENIED


async def test_a_window_that_lasts_longer_than_the_request_is_said_at_once(office: Office) -> None:
    office.policies.approval = {"freezes": (ALWAYS,)}
    await office.ask()
    assert await office.refusal(REQUEST) is Code.FROZEN
    assert (await office.request()).outcome is Outcome.REFUSED


async def test_in_a_window_nothing_is_approved_and_after_it_is(office: Office) -> None:
    # It is 9:30 UTC, 10:30 in Berlin.
    window = Freeze(name="payroll", zone="Europe/Berlin", start=time(10), end=time(10, 35))
    office.policies.approval = {"freezes": (window,)}
    await office.awaiting()
    await office.react()
    assert await office.refusal(REQUEST) is Code.FROZEN
    office.world.clock.advance(300)
    await office.react(at=300)
    assert (await office.request()).state is State.APPROVED


async def test_a_denial_counts_in_a_window(office: Office) -> None:
    window = Freeze(name="payroll", zone="UTC", start=time(9), end=time(9, 35))
    office.policies.approval = {"freezes": (window,)}
    await office.awaiting()
    await office.react(BOB, Choice.DENY)
    assert (await office.request()).outcome is Outcome.DENIED


@pytest.mark.parametrize(("offset", "counts"), [(2.0, True), (2.1, False), (-2.1, False), (None, True)])
async def test_clocks_that_differ_stop_approvals(office: Office, offset: float | None, counts: bool) -> None:
    office.chat.offset = offset
    await office.awaiting()
    await office.react()
    assert (await office.request()).state is (State.APPROVED if counts else State.AWAITING)
    if counts:
        assert (await office.one(Voted)).clock_offset == offset
    else:
        assert await office.refusal(REQUEST) is Code.CLOCK_WRONG


async def test_clocks_that_differ_do_not_stop_a_denial(office: Office) -> None:
    office.chat.offset = 60.0
    await office.awaiting()
    await office.react(BOB, Choice.DENY)
    assert (await office.request()).outcome is Outcome.DENIED


async def test_where_others_read_nothing_is_asked_for_unless_a_rule_says_so(office: Office) -> None:
    office.chat.shared.add(CHANNEL)
    await office.ask()
    assert await office.refusal() is Code.CHANNEL_SHARED
    office.policies.external = True
    await office.awaiting(key="ask/2")


async def test_a_channel_that_others_read_since_approves_nothing(office: Office) -> None:
    await office.awaiting()
    office.chat.shared.add(CHANNEL)
    await office.react()
    assert await office.refusal(REQUEST) is Code.CHANNEL_SHARED


@pytest.mark.parametrize(("reason", "code"), [("INC-12 hangs", None), ("hangs", Code.REASON_NEEDED)])
async def test_a_reason_may_be_asked_for(office: Office, reason: str, code: Code | None) -> None:
    office.policies.approval = {"reason": "INC-[0-9]+"}
    await office.ask(reason=reason)
    if code is None:
        assert (await office.request()).state is State.PLANNED
    else:
        assert await office.refusal() is code


async def test_somebody_to_whom_a_rule_denies_approving_does_not(office: Office) -> None:
    await office.awaiting()
    office.policies.denies = {Right.APPROVE: (BOB,)}
    await office.react(BOB)
    assert await office.refusal(REQUEST) is Code.DENIED_BY_RULE
    await office.react(CAROL)
    assert (await office.request()).state is State.APPROVED


async def test_somebody_who_may_only_deny_does(office: Office) -> None:
    office.policies.grants = {Right.DENY: ("U0SECURITY",)}
    await office.awaiting()
    await office.react("U0SECURITY")
    assert await office.refusal(REQUEST) is Code.NOT_AN_APPROVER
    await office.react("U0SECURITY", Choice.DENY)
    assert (await office.request()).outcome is Outcome.DENIED
