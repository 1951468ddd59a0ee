from bot.core.errors import Code
from bot.core.policy.cancelling import decide_cancel
from bot.core.policy.decision import Decision
from bot.core.policy.model import Grant, Policy, Rule
from bot.core.policy.people import Unreadable
from bot.core.policy.requirement import Requirement, of_grant, together
from bot.core.policy.scope import Scope
from bot.core.policy.voting import approving, decide_vote
from bot.core.vote import Choice
from tests.unit.policy.world import (
    ALICE,
    BOB,
    CAROL,
    INCIDENT,
    MALLORY,
    NONE,
    Read,
    approval,
    machine,
    members,
    policy,
    rule,
)

UNREAD: Read = {"S0123ABCD": Unreadable("timeout")}


def needs(one: Rule) -> Requirement:
    return of_grant(one.name, Grant(request=one.request, approve=one.approve))


def vote(
    person: str,
    of_one: Rule | None = None,
    choice: Choice = Choice.APPROVE,
    requester: str = ALICE,
    read: Read = NONE,
) -> Decision:
    one = of_one or rule()
    return decide_vote(needs(one), members(policy(one), read=read), person, requester, choice)


def test_an_approver_approves_and_denies() -> None:
    assert vote(BOB).allowed
    assert vote(BOB).groups == ("owners",)
    assert vote(BOB, choice=Choice.DENY).allowed


def test_nobody_else_does() -> None:
    assert vote(MALLORY).code is Code.NOT_AN_APPROVER
    assert vote(MALLORY, choice=Choice.DENY).code is Code.NOT_AN_APPROVER
    assert vote(ALICE).code is Code.NOT_AN_APPROVER


def test_requesters_do_not_approve_their_own_request() -> None:
    assert vote(BOB, requester=BOB).code is Code.SELF_APPROVAL
    assert vote(BOB, requester=BOB, choice=Choice.DENY).allowed
    assert vote(BOB, rule(approve=approval(self_approval=True)), requester=BOB).allowed


def test_an_unreadable_group_does_not_vote_but_its_listed_people_do() -> None:
    one = rule(approve=approval(("sre",)))
    assert vote(MALLORY, one, requester=BOB, read=UNREAD).code is Code.GROUP_UNREADABLE
    assert vote(ALICE, one, requester=BOB, read=UNREAD).allowed


def test_to_approve_one_suits_every_rule_and_to_deny_one_is_enough() -> None:
    both = together(needs(rule("a")), needs(rule("b", approve=approval((CAROL,)))))
    who = members(policy(rule()))
    assert decide_vote(both, who, BOB, ALICE, Choice.APPROVE).code is Code.NOT_AN_APPROVER
    assert decide_vote(both, who, BOB, ALICE, Choice.DENY).allowed
    assert decide_vote(both, who, CAROL, ALICE, Choice.APPROVE).allowed


def test_only_those_count_who_may_approve_now() -> None:
    one = rule()
    who = members(policy(one))
    assert approving(needs(one), who, (BOB, MALLORY, BOB, CAROL), CAROL) == (BOB,)


def cancel(person: str, vm: str = "known", of: Policy | None = None, read: Read = NONE) -> Decision:
    of = of or policy(rule(cancel=("sre",)))
    known = machine() if vm == "known" else None
    return decide_cancel(of, members(of, read=read), person, known, INCIDENT)


def test_those_whom_a_rule_names_cancel_what_others_asked_for() -> None:
    assert cancel(ALICE).allowed
    assert cancel(ALICE).rules == ("production",)


def test_nobody_else_cancels() -> None:
    assert cancel(CAROL).code is Code.NOT_ALLOWED
    assert cancel(ALICE, vm="unknown").code is Code.NOT_ALLOWED
    assert cancel(ALICE, of=policy(rule(scope=Scope(vm=("web",)), cancel=("sre",)))).code is Code.NOT_ALLOWED
    assert cancel(MALLORY, read=UNREAD).code is Code.GROUP_UNREADABLE
