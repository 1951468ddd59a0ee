"""Before the first change everything is looked at again: reactions, rights, people, windows."""

from __future__ import annotations

from datetime import time

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.events import ApprovalLapsed, Voted
from bot.core.policy.freeze import Freeze
from bot.core.policy.model import Means
from bot.core.policy.right import Right
from bot.core.request import Outcome, Request, State
from bot.core.vote import Choice
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, MALLORY
from tests.unit.requests.office import MESSAGE, USERGROUP, Office


@pytest.fixture
async def approved(office: Office) -> Office:
    await office.awaiting()
    await office.react(BOB)
    assert (await office.request()).state is State.APPROVED
    return office


async def still(office: Office) -> bool:
    request = await office.request()
    assert request.plan is not None
    return await office.readback.still(request, request.plan)


async def lapsed(office: Office) -> Code:
    assert not await still(office)
    request = await office.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.CANCELLED)
    return Code((await office.one(ApprovalLapsed)).code)


async def test_what_is_as_it_was_stands(approved: Office) -> None:
    before = await approved.store.tables()
    assert await still(approved)
    assert await approved.store.tables() == before


async def test_a_reaction_that_is_gone_although_nobody_said_so_calls_all_off(approved: Office) -> None:
    approved.chat.on.clear()
    assert not await still(approved)
    assert (await approved.request()).outcome is Outcome.CANCELLED


async def test_a_denial_that_was_not_delivered_wins(approved: Office) -> None:
    approved.chat.on.add((MESSAGE, CAROL, Choice.DENY))
    assert not await still(approved)
    assert (await approved.request()).outcome is Outcome.DENIED
    assert [e.found for e in await approved.events() if isinstance(e, Voted)] == [False, True]


async def test_a_strangers_denial_changes_nothing(approved: Office) -> None:
    approved.chat.on.add((MESSAGE, MALLORY, Choice.DENY))
    assert await still(approved)


async def test_who_left_the_approvers_no_longer_counts(approved: Office) -> None:
    approved.chat.members_of[USERGROUP] = frozenset({CAROL})
    assert await lapsed(approved) is Code.VOTES_CHANGED
    assert (await approved.one(ApprovalLapsed)).gone == (BOB,)


async def test_who_left_the_workspace_no_longer_counts(approved: Office) -> None:
    approved.chat.gone.add(BOB)
    assert await lapsed(approved) is Code.FOREIGN_PERSON


async def test_a_requester_who_may_no_longer_ask_gets_nothing(approved: Office) -> None:
    approved.policies.denies = {Right.REQUEST: (ALICE,)}
    assert await lapsed(approved) is Code.DENIED_BY_RULE


async def test_a_vm_that_is_where_it_is_denied_now_gets_nothing(approved: Office) -> None:
    approved.policies.vm = ("DumpTest",)
    request = await approved.request()
    assert request.plan is not None
    machine = request.plan.machine
    renamed = machine.target.model_copy(update={"name": "dc-01"})
    plan = request.plan.model_copy(update={"machine": machine.model_copy(update={"target": renamed})})
    assert not await approved.readback.still(request, plan)
    assert (await approved.one(ApprovalLapsed)).code is Code.NOT_ALLOWED


async def test_a_policy_that_asks_for_more_now_is_not_satisfied(approved: Office) -> None:
    approved.policies.quorum = 2
    assert await lapsed(approved) is Code.VOTES_CHANGED


async def test_what_was_called_off_while_nobody_could_be_asked_is_not_asked_about(approved: Office) -> None:
    before = await approved.request()
    await approved.cancel()
    approved.chat.away = True
    assert before.plan is not None
    assert not await approved.readback.still(before, before.plan)
    assert (await approved.request()).outcome is Outcome.CANCELLED


async def test_a_window_that_has_begun_stops_it(approved: Office) -> None:
    window = Freeze(name="payroll", zone="UTC", start=time(9), end=time(18))
    approved.policies.approval = {"freezes": (window,)}
    assert await lapsed(approved) is Code.FROZEN
    # The approvals themselves are as they were.
    told = await approved.one(ApprovalLapsed)
    assert (told.count, told.gone) == (1, ())


async def test_a_channel_that_others_read_since_stops_it(approved: Office) -> None:
    approved.chat.shared.add(CHANNEL)
    assert await lapsed(approved) is Code.CHANNEL_SHARED


@pytest.mark.parametrize("trouble", ["unreadable", "group_away", "away"])
async def test_what_cannot_be_read_is_asked_again(approved: Office, trouble: str) -> None:
    setattr(approved.chat, trouble, True)
    before = await approved.store.tables()
    with pytest.raises(VmdumpError):
        await still(approved)
    assert await approved.store.tables() == before
    setattr(approved.chat, trouble, False)
    assert await still(approved)


async def test_forms_are_not_on_the_message(office: Office) -> None:
    office.policies.approval = {"by": (Means.BUTTON,)}
    await office.awaiting()
    await office.send_form(BOB)
    office.chat.unreadable = True
    assert await still(office)


async def test_a_new_plan_needs_what_the_rules_ask_for_now_and_never_less(approved: Office) -> None:
    approved.policies.quorum = 2
    request: Request = await approved.request()
    assert request.plan is not None
    assert (await approved.readback.needs(request, request.plan)).requirement.quorum == 2
    approved.policies.quorum = 1
    stored = request.requirement
    assert stored is not None
    stricter = request.model_copy(update={"requirement": stored.model_copy(update={"quorum": 2})})
    assert (await approved.readback.needs(stricter, request.plan)).requirement.quorum == 2
