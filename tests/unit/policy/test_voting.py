import pytest

from bot.core.errors import Code
from bot.core.policy.decision import Decision
from bot.core.policy.holding import decide_right
from bot.core.policy.model import Means, Policy, Rule
from bot.core.policy.people import Unreadable
from bot.core.policy.requirement import Requirement, of_approval, together
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.policy.voting import approving, decide_vote
from bot.core.vote import Choice, Vote, latest, tally
from tests.unit.policy.world import (
    ALICE,
    BOB,
    CAROL,
    DIGEST,
    MALLORY,
    NONE,
    Read,
    approval,
    machine,
    members,
    place,
    policy,
    rule,
    vote,
)

UNREAD: Read = {"S0123ABCD": Unreadable("timeout")}


def needs(one: Rule) -> Requirement:
    assert one.approve is not None
    return of_approval(one.name, one.approve)


def decide(
    person: str,
    of_one: Rule | None = None,
    choice: Choice = Choice.APPROVE,
    requester: str = ALICE,
    read: Read = NONE,
) -> Decision:
    one = of_one or rule()
    return decide_vote(needs(one), members(policy(one), read=read), person, requester, choice)


def test_an_approver_approves_and_denies() -> None:
    assert decide(BOB).allowed
    assert decide(BOB).groups == ("owners",)
    assert decide(BOB, choice=Choice.DENY).allowed


def test_nobody_else_does() -> None:
    assert decide(MALLORY).code is Code.NOT_AN_APPROVER
    assert decide(MALLORY, choice=Choice.DENY).code is Code.NOT_AN_APPROVER
    assert decide(ALICE).code is Code.NOT_AN_APPROVER


def test_requesters_do_not_approve_their_own_request() -> None:
    assert decide(BOB, requester=BOB).code is Code.SELF_APPROVAL
    assert decide(BOB, requester=BOB, choice=Choice.DENY).allowed
    assert decide(BOB, rule(approve=approval(self_approval=True)), requester=BOB).allowed


def test_an_unreadable_group_does_not_vote_but_its_listed_people_do() -> None:
    one = rule(approve=approval(("sre",)))
    assert decide(MALLORY, one, requester=BOB, read=UNREAD).code is Code.GROUP_UNREADABLE
    assert decide(ALICE, one, requester=BOB, read=UNREAD).allowed


def test_to_approve_one_suits_every_rule_and_to_deny_one_is_enough() -> None:
    both = together(needs(rule("a")), needs(rule("b", approve=approval((CAROL,)))))
    who = members(policy(rule()))
    assert decide_vote(both, who, BOB, ALICE, Choice.APPROVE).code is Code.NOT_AN_APPROVER
    assert decide_vote(both, who, BOB, ALICE, Choice.DENY).allowed
    assert decide_vote(both, who, CAROL, ALICE, Choice.APPROVE).allowed


def test_only_those_count_who_may_approve_now() -> None:
    one = rule()
    cast = (vote(BOB), vote(MALLORY, second=1), vote(BOB, second=2), vote(CAROL, second=3))
    assert approving(needs(one), members(policy(one)), cast, DIGEST, requester=CAROL) == (BOB,)
    assert tally(cast, DIGEST) == (BOB, MALLORY, CAROL)


def test_an_approval_counts_by_the_means_it_was_given_by() -> None:
    one = rule()
    cast = (vote(BOB, means=Means.BUTTON), vote(CAROL))
    assert approving(needs(one), members(policy(one)), cast, DIGEST, ALICE) == (CAROL,)


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        (vote(BOB), vote(BOB, Choice.NONE), Choice.NONE),
        (vote(BOB), vote(BOB, Choice.DENY), Choice.DENY),
        (vote(BOB, Choice.NONE), vote(BOB, Choice.DENY), Choice.DENY),
        (vote(BOB, Choice.DENY), vote(BOB, second=1), Choice.APPROVE),
    ],
)
def test_of_two_votes_at_the_same_moment_the_one_that_stops_more_is_the_latest(
    one: Vote, other: Vote, wins: Choice
) -> None:
    for cast in ((one, other), (other, one)):
        assert [v.choice for v in latest(cast, DIGEST)] == [wins]


def test_of_two_approvals_at_the_same_moment_delivery_does_not_choose_the_means() -> None:
    cast = (vote(BOB), vote(BOB, means=Means.BUTTON))
    assert latest(cast, DIGEST) == latest(cast[::-1], DIGEST)


def cancel(person: str, of: Policy, vm: str = "DumpTest", read: Read = NONE) -> Decision:
    return decide_right(of, members(of, read=read), person, Right.CANCEL, place(machine(vm)))


def test_those_whom_a_rule_names_cancel_what_others_asked_for() -> None:
    of = policy(rule(scope=Scope(vm=("dump*",)), grants={Right.CANCEL: ("sre",)}))
    assert cancel(ALICE, of).rules == ("production",)
    assert cancel(CAROL, of).code is Code.NOT_ALLOWED
    assert cancel(ALICE, of, vm="web").code is Code.NOT_ALLOWED
    assert cancel(MALLORY, of, read=UNREAD).code is Code.GROUP_UNREADABLE
