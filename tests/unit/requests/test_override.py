"""Asking in spite of what speaks against the dump: a right of its own, a reason, and in plain sight."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.errors import Code
from bot.core.events import ApprovalLapsed, Planned
from bot.core.policy.right import Right
from bot.core.request import Outcome, State
from bot.messages.render import render
from tests.unit.core.things import ALICE, BOB, REQUEST, known_key, machine
from tests.unit.guest.readings import windows
from tests.unit.requests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """Alice may override, and the guest is set to write no dump."""
    office.policies.grants = {Right.OVERRIDE_READINESS: (ALICE,)}
    office.world.registry |= windows({"CrashDumpEnabled": 0}).keys
    return office


async def override(office: Office, **changed: Any) -> None:
    wanted: dict[str, Any] = {"override": True, "reason": "a small dump will do"}
    await office.ask(**(wanted | changed))


async def test_it_needs_to_be_said(office: Office) -> None:
    await office.ask()
    assert (await office.request()).outcome is Outcome.REFUSED
    assert await office.refusal(REQUEST) is Code.NOT_READY


async def test_the_approvers_read_what_is_overridden(office: Office) -> None:
    await override(office)
    assert (await office.request()).state is State.PLANNED
    (entry,) = [e for e in await office.store.reader.journal(REQUEST) if e.kind == Planned.kind]
    assert isinstance(entry.event, Planned)
    assert entry.event.plan.overridden == ("crash-dump",)
    text = render(entry, "en").text
    assert ":rotating_light: *Readiness is overridden by the requester*: crash-dump" in text
    assert "CrashDumpEnabled says none" in text
    assert "a small dump will do" in text


async def test_what_is_ready_is_not_said_to_be_overridden(office: Office) -> None:
    office.world.registry |= windows().keys
    await override(office)
    planned = await office.one(Planned)
    assert planned.plan.overridden == ()


async def test_it_takes_the_right(office: Office) -> None:
    await override(office, person=BOB)
    assert await office.refusal() is Code.NOT_ALLOWED
    assert await office.store.reader.living() == ()


@pytest.mark.parametrize("named", ["*", ALICE])
async def test_what_is_denied_is_refused_whatever_grants_it(office: Office, named: str) -> None:
    office.policies.denies = {Right.OVERRIDE_READINESS: (named,)}
    await override(office)
    assert await office.refusal() is Code.DENIED_BY_RULE
    assert await office.store.reader.living() == ()


async def test_a_group_that_cannot_be_read_does_not_give_it(office: Office) -> None:
    office.policies.grants = {Right.OVERRIDE_READINESS: ("owners",)}
    office.chat.group_away = True
    await override(office, person=BOB)
    assert await office.refusal() is Code.GROUP_UNREADABLE


async def test_the_right_does_not_let_anybody_ask(office: Office) -> None:
    office.policies.grants = {Right.OVERRIDE_READINESS: ("U0MALLORY1",)}
    await override(office, person="U0MALLORY1")
    assert await office.refusal() is Code.NOT_ALLOWED


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
async def test_it_takes_a_reason(office: Office, reason: str) -> None:
    await override(office, reason=reason)
    assert await office.refusal() is Code.OVERRIDE_REASON
    (entry,) = await office.told()
    assert "takes a reason" in render(entry, "en").text
    assert await office.store.reader.living() == ()


@pytest.mark.parametrize(
    ("thing", "value", "code"),
    [
        ("machine", machine(power="poweredOff"), Code.NOT_READY),
        ("machine", machine(template=True), Code.NOT_READY),
        ("machine", machine(fault_tolerance="running"), Code.NOT_READY),
        ("key", known_key(types=()), Code.NO_HOST_KEY),
    ],
)
async def test_what_makes_an_nmi_impossible_is_refused_all_the_same(
    office: Office, thing: str, value: object, code: Code
) -> None:
    setattr(office.world, thing, value)
    await override(office)
    request = await office.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.REFUSED)
    assert await office.refusal(REQUEST) is code


async def test_who_lost_the_right_before_the_vote_gets_no_approval(office: Office) -> None:
    await office.awaiting(override=True)
    office.policies.grants = {}
    await office.react(BOB)
    assert (await office.request()).state is State.AWAITING
    assert await office.refusal(REQUEST) is Code.NOT_ALLOWED


async def test_who_lost_the_right_after_the_vote_loses_the_approval(office: Office) -> None:
    await office.awaiting(override=True)
    await office.react(BOB)
    approved = await office.request()
    assert (approved.state, approved.plan is not None) == (State.APPROVED, True)
    assert approved.plan is not None
    assert await office.readback.still(approved, approved.plan)
    office.policies.grants = {}
    assert not await office.readback.still(approved, approved.plan)
    assert (await office.request()).outcome is Outcome.CANCELLED
    assert (await office.one(ApprovalLapsed)).code is Code.NOT_ALLOWED
    assert office.world.effects == []


async def test_who_overrides_nothing_needs_no_right_any_more(office: Office) -> None:
    """It was asked for, and everything is well: nothing is approved in spite of anything."""
    office.world.registry |= windows().keys
    await office.awaiting(override=True)
    office.policies.grants = {}
    await office.react(BOB)
    assert (await office.request()).state is State.APPROVED
