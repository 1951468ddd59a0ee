import pytest

from bot.core.errors import Code
from bot.core.policy.asking import decide_asking, decide_request, reconsider
from bot.core.policy.channel import Channel
from bot.core.policy.decision import Decision
from bot.core.policy.model import Approval, Means, Policy
from bot.core.policy.people import Unreadable, needed_usergroups
from bot.core.policy.place import Place
from bot.core.policy.requirement import Requirement
from bot.core.policy.scope import Scope
from bot.core.target import Machine
from tests.unit.policy.world import (
    ALICE,
    BOB,
    CAROL,
    INCIDENT,
    MALLORY,
    NONE,
    Read,
    approval,
    members,
    place,
    policy,
    rule,
)

ELSEWHERE = Channel(id="C0RANDOM00", name="random")
UNREAD: Read = {"S0123ABCD": Unreadable("missing_scope")}


def ask(
    of: Policy,
    person: str,
    vm: Machine | None = None,
    channel: Channel = INCIDENT,
    read: Read = NONE,
) -> Decision:
    return decide_request(of, members(of, read=read), person, place(vm, channel))


def test_an_empty_policy_refuses() -> None:
    assert ask(policy(), ALICE).code is Code.NOT_ALLOWED


def test_the_reasons_and_the_requirement_are_told() -> None:
    answer = ask(policy(rule()), ALICE)
    assert answer.allowed
    assert answer.rules == ("production",)
    assert answer.groups == ("sre",)
    assert answer.requirement == Requirement(
        rules=("production",),
        approvers=(("owners",),),
        quorum=1,
        by=(Means.REACTION,),
        expires_seconds=900,
        self_approval=False,
    )


def test_a_requirement_survives_storage() -> None:
    requirement = ask(policy(rule()), ALICE).requirement
    assert requirement is not None
    assert Requirement.model_validate_json(requirement.model_dump_json()) == requirement


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"vm": ("dump*",)}, None),
        ({"vm": ("web*",)}, Code.NOT_ALLOWED),
        ({"vm": ()}, Code.NOT_ALLOWED),
        ({"vcenter": ("vc1",)}, None),
        ({"vcenter": ("vc2",)}, Code.NOT_ALLOWED),
        ({"folder": ("/DC1/vm/prod*",)}, None),
        ({"folder": ("/DC1/vm/test",)}, Code.NOT_ALLOWED),
        ({"cluster": ("*",)}, Code.NOT_ALLOWED),
        ({"channel": ("C0INC42000",)}, None),
        ({"channel": ("C0RANDOM00",)}, Code.NOT_ALLOWED),
        ({"channel": ("inc-*",), "vm": ("web*",)}, Code.NOT_ALLOWED),
    ],
)
def test_all_of_a_scope_must_fit(scope: dict[str, tuple[str, ...]], code: Code | None) -> None:
    assert ask(policy(rule(scope=Scope(**scope))), ALICE).code is code


def test_user_group_members_and_listed_people_are_both_in() -> None:
    of = policy(rule())
    assert needed_usergroups(of) == {"S0123ABCD"}
    assert ask(of, MALLORY, read={"S0123ABCD": frozenset({MALLORY})}).allowed
    assert not ask(of, MALLORY).allowed


def test_an_unreadable_group_refuses_those_who_are_not_listed() -> None:
    answer = ask(policy(rule()), MALLORY, read=UNREAD)
    assert answer.code is Code.GROUP_UNREADABLE
    assert answer.groups == ("sre",)
    assert ask(policy(rule()), ALICE, read=UNREAD).allowed


def test_a_rule_that_may_apply_refuses_until_it_is_known() -> None:
    stricter = rule("stricter", approve=approval(quorum=2))
    plain = rule("plain", request=(MALLORY,))
    assert ask(policy(plain, stricter), MALLORY, read=UNREAD).code is Code.GROUP_UNREADABLE


def test_all_rules_that_name_the_requester_apply_together() -> None:
    of = policy(
        rule("a", approve=approval(("owners",), quorum=1, expires=900, self_approval=True)),
        rule("b", approve=approval((BOB, CAROL, MALLORY), quorum=2, expires=300)),
        rule("for others", request=(MALLORY,), approve=approval(quorum=50)),
    )
    requirement = ask(of, ALICE).requirement
    assert requirement is not None
    assert requirement.rules == ("a", "b")
    assert requirement.approvers == (("owners",), (BOB, CAROL, MALLORY))
    assert (requirement.quorum, requirement.expires_seconds, requirement.self_approval) == (2, 300, False)


@pytest.mark.parametrize(
    ("approve", "person"),
    [
        (approval(("empty",)), ALICE),
        (approval(("no such group",)), ALICE),
        (approval((ALICE,)), ALICE),
        (approval(("owners",), quorum=3), ALICE),
        (approval(("owners",), quorum=2), BOB),
    ],
)
def test_a_dead_end_is_said_at_once_with_its_rule(approve: Approval, person: str) -> None:
    answer = ask(policy(rule(request=(ALICE, BOB), approve=approve)), person)
    assert answer.code is Code.NO_APPROVERS
    assert answer.rules == ("production",)
    assert answer.requirement is not None
    assert answer.requirement.rules == answer.rules


def test_rules_whose_approvers_have_nobody_in_common_are_a_dead_end() -> None:
    of = policy(rule("a", approve=approval((BOB,))), rule("b", approve=approval((CAROL,))))
    answer = ask(of, ALICE)
    assert (answer.code, answer.rules) == (Code.NO_APPROVERS, ("a", "b"))


def test_with_the_switch_the_requester_may_be_the_only_approver() -> None:
    of = policy(rule(approve=approval((ALICE,), self_approval=True)))
    assert ask(of, ALICE).allowed


def test_unreadable_approvers_are_no_approvers() -> None:
    of = policy(rule(request=(ALICE,), approve=approval(("sre",))))
    assert ask(of, ALICE, read=UNREAD).code is Code.GROUP_UNREADABLE


def test_before_any_vm_is_looked_up_only_channel_and_person_count() -> None:
    of = policy(rule(scope=Scope(vm=("no such vm",), channel=("C0INC42000",))))
    anywhere = Place(None, INCIDENT)
    assert decide_asking(of, members(of), ALICE, anywhere).allowed
    assert decide_asking(of, members(of), ALICE, Place(None, ELSEWHERE)).code is Code.NOT_ALLOWED
    assert decide_asking(of, members(of), MALLORY, anywhere).code is Code.NOT_ALLOWED
    assert decide_asking(of, members(of, read=UNREAD), MALLORY, anywhere).code is Code.GROUP_UNREADABLE


def again(of: Policy, stored: Requirement | None) -> Decision:
    assert stored is not None
    return reconsider(of, members(of), ALICE, place(), stored)


def test_a_changed_policy_narrows_an_open_request() -> None:
    stored = ask(policy(rule()), ALICE).requirement
    now = again(policy(rule(approve=approval((BOB,), expires=60))), stored)
    assert now.requirement is not None
    assert now.requirement.approvers == (("owners",), (BOB,))
    assert now.requirement.expires_seconds == 60


def test_a_changed_policy_never_widens_an_open_request() -> None:
    stored = ask(policy(rule(approve=approval(quorum=2))), ALICE).requirement
    wider = policy(rule(approve=approval(("owners", MALLORY), quorum=1, expires=9999, self_approval=True)))
    now = again(wider, stored).requirement
    assert now is not None
    assert (now.quorum, now.expires_seconds, now.self_approval) == (2, 900, False)
    assert ("owners",) in now.approvers


def test_a_requester_who_lost_the_right_has_no_open_request() -> None:
    stored = ask(policy(rule()), ALICE).requirement
    assert again(policy(), stored).code is Code.NOT_ALLOWED


def test_an_approver_group_that_is_gone_leaves_a_dead_end() -> None:
    stored = ask(policy(rule()), ALICE).requirement
    of = policy(rule(request=(ALICE,), approve=approval((BOB,))), groups=())
    assert again(of, stored).code is Code.NO_APPROVERS
