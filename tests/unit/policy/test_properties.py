"""What holds for every policy.

Not among it: "removing a rule loosens nothing". Several rules apply together, so a rule that is gone asks for
nothing any more; what it granted is gone with it, and that is tested.
"""

from collections.abc import Mapping
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Code
from bot.core.policy.asking import decide_asking, decide_request, reconsider
from bot.core.policy.cancelling import decide_cancel
from bot.core.policy.decision import Decision
from bot.core.policy.model import Group, Policy, Rule
from bot.core.policy.people import Unreadable, resolve
from bot.core.policy.scope import Scope
from bot.core.policy.voting import decide_vote
from bot.core.vote import Choice
from tests.unit.policy.world import ALICE, BOB, CAROL, INCIDENT, MALLORY, approval, machine

Read = Mapping[str, frozenset[str] | Unreadable]
T = TypeVar("T")

PEOPLE = (ALICE, BOB, CAROL)
"""MALLORY is never named"""
NAMES = ("g1", "g2", "g3")
USERGROUPS = ("S0AAAAAA", "S0BBBBBB")

people = st.sampled_from(PEOPLE)
who = st.lists(st.sampled_from([*NAMES, *PEOPLE]), min_size=1, max_size=3, unique=True).map(tuple)
scopes = st.builds(
    Scope,
    vm=st.sampled_from([None, ("*",), ("dump*",), ("web*",)]),
    channel=st.sampled_from([None, ("C0INC42000",), ("inc-*",), ("random",)]),
)
approvals = st.builds(
    approval,
    who,
    quorum=st.integers(1, 3),
    expires=st.sampled_from([60.0, 900.0]),
    self_approval=st.booleans(),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    groups = tuple(
        Group(
            name=name,
            users=tuple(draw(st.frozensets(people))),
            usergroup=draw(st.sampled_from([None, *USERGROUPS])),
        )
        for name in draw(st.frozensets(st.sampled_from(NAMES)))
    )
    rules = tuple(
        Rule(
            name=f"r{n}",
            scope=draw(scopes),
            request=draw(who),
            approve=draw(approvals),
            cancel=draw(st.just(()) | who),
        )
        for n in range(draw(st.integers(0, 3)))
    )
    return Policy(groups=groups, rules=rules, sha256="")


members_read = st.fixed_dictionaries(
    {u: st.frozensets(people) | st.just(Unreadable("timeout")) for u in USERGROUPS}
)


def request(policy: Policy, read: Read, person: str) -> Decision:
    return decide_request(policy, resolve(policy, read), person, machine(), INCIDENT)


@given(policies(), members_read)
def test_nobody_unnamed_may_do_anything(policy: Policy, read: Read) -> None:
    membership = resolve(policy, read)
    assert not request(policy, read, MALLORY).allowed
    assert not decide_asking(policy, membership, MALLORY, INCIDENT).allowed
    assert not decide_cancel(policy, membership, MALLORY, machine(), INCIDENT).allowed
    requirement = request(policy, read, ALICE).requirement
    for choice in Choice:
        assert requirement is None or not decide_vote(requirement, membership, MALLORY, ALICE, choice).allowed


@given(policies(), members_read, people)
def test_taking_away_a_rule_or_a_group_grants_no_request_that_none_granted(
    policy: Policy, read: Read, person: str
) -> None:
    before = request(policy, read, person)
    smaller = [policy.model_copy(update={"rules": _without(policy.rules, r)}) for r in policy.rules]
    smaller += [policy.model_copy(update={"groups": _without(policy.groups, g)}) for g in policy.groups]
    for less in smaller:
        after = request(less, read, person)
        if before.code is Code.NOT_ALLOWED:
            assert after.code is Code.NOT_ALLOWED
        if before.allowed and after.allowed:
            assert set(after.rules) <= set(before.rules)
        if after.allowed:
            assert decide_asking(less, resolve(less, read), person, INCIDENT).allowed


@given(policies(), members_read, people, people)
def test_taking_a_person_out_of_a_group_never_makes_a_vote_count(
    policy: Policy, read: Read, person: str, requester: str
) -> None:
    requirement = request(policy, read, requester).requirement
    if requirement is None:
        return
    for group in policy.groups:
        smaller = group.model_copy(update={"users": tuple(u for u in group.users if u != person)})
        less = policy.model_copy(
            update={"groups": tuple(smaller if g == group else g for g in policy.groups)}
        )
        for choice in Choice:
            after = decide_vote(requirement, resolve(less, read), person, requester, choice)
            before = decide_vote(requirement, resolve(policy, read), person, requester, choice)
            assert before.allowed or not after.allowed


@given(policies(), members_read, people)
def test_what_cannot_be_read_grants_nothing_that_reading_nobody_would_not(
    policy: Policy, read: Read, person: str
) -> None:
    unread = {u: Unreadable("timeout") for u in USERGROUPS}
    nobody: Read = {u: frozenset() for u in USERGROUPS}
    if request(policy, unread, person).allowed:
        assert request(policy, nobody, person).allowed


@given(policies(), members_read, people, people)
def test_requesters_approve_their_own_request_only_where_every_rule_has_the_switch(
    policy: Policy, read: Read, person: str, requester: str
) -> None:
    answer = request(policy, read, requester)
    if answer.requirement is None:
        return
    vote = decide_vote(answer.requirement, resolve(policy, read), person, requester, Choice.APPROVE)
    if vote.allowed and person == requester:
        assert all(r.approve.self_approval for r in policy.rules if r.name in answer.rules)


@given(policies(), policies(), members_read, people)
def test_another_policy_only_narrows_an_open_request(
    old: Policy, new: Policy, read: Read, requester: str
) -> None:
    stored = request(old, read, requester).requirement
    if stored is None:
        return
    now = reconsider(new, resolve(new, read), requester, machine(), INCIDENT, stored)
    if now.requirement is None:
        assert not now.allowed
        return
    assert now.requirement.quorum >= stored.quorum
    assert now.requirement.expires_seconds <= stored.expires_seconds
    assert set(now.requirement.approvers) >= set(stored.approvers)
    assert stored.self_approval or not now.requirement.self_approval
    assert request(new, read, requester).allowed


@given(policies(), members_read, people)
def test_an_allowed_request_can_be_approved(policy: Policy, read: Read, requester: str) -> None:
    answer = request(policy, read, requester)
    if answer.requirement is not None:
        could = [
            person
            for person in PEOPLE
            if decide_vote(
                answer.requirement, resolve(policy, read), person, requester, Choice.APPROVE
            ).allowed
        ]
        assert len(could) >= answer.requirement.quorum


def _without(items: tuple[T, ...], one: T) -> tuple[T, ...]:
    return tuple(item for item in items if item != one)
