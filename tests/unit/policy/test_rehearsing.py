"""Rehearsals and arming have rules of their own, and pinning a host's key is a right of its own."""

from __future__ import annotations

import pytest

from bot.core.errors import Code
from bot.core.policy.administering import decide_admin
from bot.core.policy.asking import decide_asking, decide_request, reconsider
from bot.core.policy.decision import Decision
from bot.core.policy.model import Group, Policy
from bot.core.policy.people import Unreadable
from bot.core.purpose import Purpose
from tests.unit.policy.world import (
    ALICE,
    BOB,
    CAROL,
    MALLORY,
    approval,
    grant,
    members,
    place,
    policy,
    rule,
)

REMOTE = Group(name="remote", usergroup="S0REMOTE00")


def ask(of: Policy, person: str, purpose: Purpose) -> Decision:
    return decide_request(of, members(of), person, place(), purpose)


def test_a_rule_without_the_section_lets_nobody_rehearse() -> None:
    of = policy(rule())
    assert ask(of, ALICE, Purpose.CAPTURE).allowed
    assert ask(of, ALICE, Purpose.REHEARSAL).code is Code.NOT_ALLOWED
    assert decide_asking(of, members(of), ALICE, place(), Purpose.REHEARSAL).code is Code.NOT_ALLOWED


def test_whoever_may_rehearse_may_not_capture_for_that() -> None:
    of = policy(rule(request=(BOB,), rehearse=grant((ALICE,))))
    assert ask(of, ALICE, Purpose.REHEARSAL).allowed
    assert ask(of, ALICE, Purpose.CAPTURE).code is Code.NOT_ALLOWED
    assert decide_asking(of, members(of), ALICE, place(), Purpose.REHEARSAL).allowed
    assert decide_asking(of, members(of), ALICE, place()).code is Code.NOT_ALLOWED


def test_each_purpose_has_its_own_approvers() -> None:
    of = policy(rule(rehearse=grant(approve=approval((CAROL,), expires=60))))
    rehearsal, capture = (
        ask(of, ALICE, purpose).requirement for purpose in (Purpose.REHEARSAL, Purpose.CAPTURE)
    )
    assert rehearsal is not None
    assert capture is not None
    assert (rehearsal.approvers, rehearsal.expires_seconds) == (((CAROL,),), 60)
    assert capture.approvers == (("owners",),)


def test_rules_without_the_section_add_nothing_to_a_rehearsal() -> None:
    of = policy(rule("a", approve=approval(quorum=2)), rule("b", rehearse=grant()))
    decision = ask(of, ALICE, Purpose.REHEARSAL)
    assert decision.rules == ("b",)
    assert decision.requirement is not None
    assert decision.requirement.quorum == 1


def test_at_each_vote_the_section_of_the_purpose_decides() -> None:
    before = policy(rule(rehearse=grant()))
    stored = ask(before, ALICE, Purpose.REHEARSAL).requirement
    assert stored is not None
    without = policy(rule())
    now = reconsider(without, members(without), ALICE, place(), stored, Purpose.REHEARSAL)
    assert now.code is Code.NOT_ALLOWED
    still = reconsider(before, members(before), ALICE, place(), stored, Purpose.REHEARSAL)
    assert still.requirement == stored


@pytest.mark.parametrize(
    ("person", "code"), [(BOB, None), (ALICE, Code.GROUP_UNREADABLE), (MALLORY, Code.GROUP_UNREADABLE)]
)
def test_an_unreadable_group_makes_no_admin(person: str, code: Code | None) -> None:
    of = policy(admins=("owners", "remote"), groups=(*policy().groups, REMOTE))
    read = {"S0REMOTE00": Unreadable("timeout")}
    assert decide_admin(of, members(of, read), person).code is code


def test_no_rule_makes_an_admin() -> None:
    of = policy(rule(request=(ALICE,), approve=approval((ALICE,)), rehearse=grant((ALICE,))))
    assert decide_admin(of, members(of), ALICE).code is Code.NOT_AN_ADMIN


def test_arming_goes_by_its_own_section_and_by_no_other() -> None:
    of = policy(rule(arm=grant((BOB,), approval((CAROL,), expires=60)), rehearse=grant((ALICE,))))
    requirement = ask(of, BOB, Purpose.ARM).requirement
    assert requirement is not None
    assert (requirement.approvers, requirement.expires_seconds) == (((CAROL,),), 60)
    assert ask(of, ALICE, Purpose.ARM).code is Code.NOT_ALLOWED
    assert ask(of, BOB, Purpose.REHEARSAL).code is Code.NOT_ALLOWED
    assert decide_asking(of, members(of), BOB, place(), Purpose.ARM).allowed
