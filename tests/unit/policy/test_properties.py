"""What holds for every policy, every place and every reading of the groups.

Not among it: "removing a rule loosens nothing". Several rules apply together, so a rule that is gone asks for
nothing any more; what it granted is gone with it, and that is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Code
from bot.core.policy.administering import decide_admin
from bot.core.policy.asking import decide_asking, decide_request, reconsider
from bot.core.policy.channel import Channel
from bot.core.policy.decision import Decision
from bot.core.policy.freeze import Freeze, frozen
from bot.core.policy.holding import decide_right
from bot.core.policy.model import EVERYBODY, Approval, Group, Means, Policy, Rule
from bot.core.policy.people import Members, Membership, Unreadable, resolve
from bot.core.policy.place import Place
from bot.core.policy.quorum import enough
from bot.core.policy.requirement import Requirement, of_approval, together
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.policy.voting import approving, decide_vote
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.target import Machine
from bot.core.vote import Choice, Vote, latest, tally
from tests.unit.policy.strategies import (
    PEOPLE,
    USERGROUPS,
    any_rule,
    approvals,
    channels,
    freezes,
    machines,
    means,
    moments,
    people,
    policies,
    reads,
    reloads,
    votes,
    who,
)
from tests.unit.policy.world import ALICE, DIGEST, INCIDENT, MALLORY, vote

Read = Mapping[str, frozenset[str] | Unreadable]
UNREAD: Read = {u: Unreadable("timeout") for u in USERGROUPS}
places = st.builds(Place, machines(), channels, st.sampled_from(list(Route)))
purposes = st.sampled_from(list(Purpose))
rights = st.sampled_from(list(Right))


def request(
    policy: Policy, membership: Membership, person: str, place: Place, purpose: Purpose = Purpose.CAPTURE
) -> Decision:
    """By the one route of the place: what is denied for one of several is passed over."""
    wanted = (place.route,) if place.route else tuple(Route)
    return decide_request(policy, membership, person, place, purpose, wanted)


def denying(right: Right, *names: str) -> Rule:
    return Rule(name="no", scope=Scope(), denies={right: names})


def with_rules(policy: Policy, *more: Rule) -> Policy:
    return policy.model_copy(update={"rules": (*policy.rules, *more)})


def without(policy: Policy, gone: Rule) -> Policy:
    return policy.model_copy(update={"rules": tuple(rule for rule in policy.rules if rule is not gone)})


def can(requirement: Requirement, membership: Membership, requester: str, choice: Choice) -> set[str]:
    """Those whose vote counts by some means."""
    return {
        person
        for person in PEOPLE
        for way in Means
        if decide_vote(requirement, membership, person, requester, choice, way).allowed
    }


# --- deny by default


@given(policies(), reads, places, purposes)
def test_whom_nothing_names_may_nothing(policy: Policy, read: Read, place: Place, purpose: Purpose) -> None:
    membership = resolve(policy, read)
    assert not request(policy, membership, MALLORY, place, purpose).allowed
    assert not decide_asking(policy, membership, MALLORY, place, purpose).allowed
    assert not decide_admin(policy, membership, MALLORY).allowed
    assert not any(decide_right(policy, membership, MALLORY, right, place).allowed for right in Right)
    requirement = request(policy, membership, ALICE, place, purpose).requirement
    for choice in Choice:
        assert requirement is None or not decide_vote(requirement, membership, MALLORY, ALICE, choice).allowed


@given(policies(), reads, places, people, purposes)
def test_what_is_allowed_is_allowed_by_rules_that_name_the_person(
    policy: Policy, read: Read, place: Place, person: str, purpose: Purpose
) -> None:
    membership = resolve(policy, read)
    answer = request(policy, membership, person, place, purpose)
    if answer.allowed:
        granting = [rule for rule in policy.rules if rule.name in answer.rules]
        asking = [rule.grant(purpose) for rule in granting]
        assert asking
        assert all(grant and person in membership.known(grant.request) for grant in asking)
        assert decide_asking(policy, membership, person, place, purpose).allowed


@given(policies(), reads, places, people)
def test_taking_away_a_rule_grants_nothing_that_none_granted(
    policy: Policy, read: Read, place: Place, person: str
) -> None:
    membership = resolve(policy, read)
    before = request(policy, membership, person, place)
    for rule in policy.rules:
        after = request(without(policy, rule), membership, person, place)
        if before.code is Code.NOT_ALLOWED:
            assert after.code is Code.NOT_ALLOWED
        if before.allowed and after.allowed:
            assert set(after.rules) <= set(before.rules)


# --- deny wins


@given(policies(), reads, places, people, rights, st.booleans())
def test_a_denial_wins_over_whatever_is_granted(
    policy: Policy, read: Read, place: Place, person: str, right: Right, first: bool
) -> None:
    for names in ((person,), (EVERYBODY,)):
        no = denying(right, *names)
        all_rules = (no, *policy.rules) if first else (*policy.rules, no)
        denied = policy.model_copy(update={"rules": all_rules})
        membership = resolve(denied, read)
        assert not decide_right(denied, membership, person, right, place).allowed
        assert right is not Right.REQUEST or not request(denied, membership, person, place).allowed
        assert right is not Right.REQUEST or not decide_asking(denied, membership, person, place).allowed
        needed = request(denied, membership, ALICE, place).requirement
        if right is Right.APPROVE:
            assert not decide_right(denied, membership, person, Right.BREAK_GLASS, place).allowed
            assert needed is None or person not in can(needed, membership, ALICE, Choice.APPROVE)
        if right is Right.DENY:
            assert needed is None or person not in can(needed, membership, ALICE, Choice.DENY)


@given(policies(), reads, places, people, rights, policies())
def test_denials_allow_nothing(
    policy: Policy, read: Read, place: Place, person: str, right: Right, other: Policy
) -> None:
    no = [Rule(name=f"no {r.name}", scope=r.scope, denies=r.denies) for r in other.rules]
    denied = with_rules(policy, *no)
    membership = resolve(policy, read)

    def allowed(of: Policy) -> tuple[bool, ...]:
        return (
            request(of, membership, person, place).allowed,
            decide_right(of, membership, person, right, place).allowed,
            decide_asking(of, membership, person, place).allowed,
        )

    for before, after in zip(allowed(policy), allowed(denied), strict=True):
        assert before or not after


# --- no rule widens beyond its scope


@given(policies(), reads, places, people, rights, purposes)
def test_a_rule_that_does_not_cover_the_place_changes_nothing(
    policy: Policy, read: Read, place: Place, person: str, right: Right, purpose: Purpose
) -> None:
    membership = resolve(policy, read)
    assert place.machine is not None
    for rule in policy.rules:
        if rule.scope.covers(place.machine, place.channel, place.route) is False:
            less = without(policy, rule)
            for of in (policy, less):
                assert rule.name not in request(of, membership, person, place, purpose).rules
            assert request(policy, membership, person, place, purpose) == request(
                less, membership, person, place, purpose
            )
            held = decide_right(policy, membership, person, right, place)
            assert held == decide_right(less, membership, person, right, place)


@given(policies(), reads, places, people, rights)
def test_nothing_is_granted_by_a_rule_that_does_not_cover_the_place_for_certain(
    policy: Policy, read: Read, place: Place, person: str, right: Right
) -> None:
    membership = resolve(policy, read)
    sure = {rule.name for rule in place.rules(policy)[0]}
    for answer in (
        request(policy, membership, person, place),
        decide_right(policy, membership, person, right, place),
    ):
        assert not answer.allowed or set(answer.rules) <= sure


@given(policies(), reads, machines(), channels, people, purposes)
def test_only_routes_that_are_allowed_alone_are_allowed(
    policy: Policy, read: Read, vm: Machine, channel: Channel, person: str, purpose: Purpose
) -> None:
    membership = resolve(policy, read)
    answer = decide_request(policy, membership, person, Place(vm, channel), purpose)
    if answer.requirement is not None and answer.allowed:
        for route in answer.requirement.routes:
            alone = decide_request(policy, membership, person, Place(vm, channel), purpose, (route,))
            assert alone.allowed
            assert alone.requirement is not None
            assert alone.requirement.quorum <= answer.requirement.quorum


@given(st.permutations(range(3)), policies(), reads, places, people)
def test_the_order_of_the_rules_does_not_matter(
    order: list[int], policy: Policy, read: Read, place: Place, person: str
) -> None:
    membership = resolve(policy, read)
    shuffled = tuple(policy.rules[n] for n in order if n < len(policy.rules))
    one = request(policy, membership, person, place)
    other = request(policy.model_copy(update={"rules": shuffled}), membership, person, place)
    assert one.allowed == other.allowed
    assert set(one.rules) == set(other.rules) or not one.allowed
    if one.requirement is not None and other.requirement is not None:
        assert sorted_out(one.requirement) == sorted_out(other.requirement)


def sorted_out(requirement: Requirement) -> dict[str, Any]:
    return {
        key: sorted(map(repr, value)) if isinstance(value, tuple) else value
        for key, value in requirement
        if key not in ("barred", "mute", "deniers", "rules")
    }


# --- what cannot be read


@given(policies(), reads, places, people, rights, any_rule(9))
def test_what_is_allowed_unread_is_allowed_whatever_is_read(
    policy: Policy, read: Read, place: Place, person: str, right: Right, more: Rule
) -> None:
    policy = with_rules(policy, more.model_copy(update={"request": ("g3",), "scope": Scope()}))
    now, later = resolve(policy, UNREAD), resolve(policy, {u: m for u, m in read.items() if m != UNREAD[u]})
    answer = request(policy, now, person, place)
    if answer.allowed:
        assert request(policy, later, person, place).allowed
    if decide_right(policy, now, person, right, place).allowed:
        assert decide_right(policy, later, person, right, place).allowed
    if answer.requirement is not None:
        could = can(answer.requirement, now, person, Choice.APPROVE)
        assert could <= can(answer.requirement, later, person, Choice.APPROVE)


@given(policies(), reads, places, people, rights, machines(), any_rule(9))
def test_what_is_allowed_without_the_tags_is_allowed_whatever_they_are(
    policy: Policy, read: Read, place: Place, person: str, right: Right, other: Machine, more: Rule
) -> None:
    policy = with_rules(policy, more.model_copy(update={"scope": Scope(tag=("env:prod",))}))
    membership = resolve(policy, read)
    assert place.machine is not None
    hidden = place.machine.model_copy(update={"tags": None, "attributes": None, "resource_pool": None})
    facts = {"tags": other.tags, "attributes": other.attributes, "resource_pool": other.resource_pool}
    shown = place.machine.model_copy(update=facts)
    unseen, seen = (Place(vm, place.channel, place.route) for vm in (hidden, shown))
    if decide_right(policy, membership, person, right, unseen).allowed and right is not Right.APPROVE:
        assert decide_right(policy, membership, person, right, seen).allowed
    answer = request(policy, membership, person, unseen)
    if answer.allowed:
        after = request(policy, membership, person, seen)
        assert after.allowed
        assert (after.rules, after.groups) == (answer.rules, answer.groups)


# --- votes


@given(st.lists(votes, max_size=5), policies(), reads, people, st.data())
def test_the_order_of_delivery_does_not_matter(
    cast: list[Vote], policy: Policy, read: Read, requester: str, data: st.DataObject
) -> None:
    shuffled = tuple(data.draw(st.permutations(cast)))
    assert latest(tuple(cast), DIGEST) == latest(shuffled, DIGEST)
    membership = resolve(policy, read)
    needed = request(policy, membership, requester, Place(None, INCIDENT)).requirement
    if needed is not None:
        counted = approving(needed, membership, tuple(cast), DIGEST, requester)
        assert counted == approving(needed, membership, shuffled, DIGEST, requester)


@given(st.lists(votes, max_size=6), people, st.sampled_from([Choice.NONE, Choice.DENY]), st.integers(1, 2))
def test_a_withdrawn_vote_never_counts(cast: list[Vote], person: str, choice: Choice, second: int) -> None:
    """Not even if the withdrawal comes at the same moment, or is delivered first."""
    stop = vote(person, choice, second)
    for everything in ((stop, *cast), (*cast, stop)):
        assert person not in tally(everything, DIGEST)


@given(st.lists(votes, max_size=6))
def test_no_vote_counts_for_another_digest(cast: list[Vote]) -> None:
    mine = tuple(v for v in cast if v.digest == DIGEST)
    assert latest(tuple(cast), DIGEST) == latest(mine, DIGEST)
    assert all(v.digest == DIGEST for v in latest(tuple(cast), DIGEST))
    assert not tally(tuple(cast), "never seen")


@given(policies(), reads, places, people, purposes)
def test_nobody_approves_their_own_request_without_the_switch_of_every_rule(
    policy: Policy, read: Read, place: Place, requester: str, purpose: Purpose
) -> None:
    membership = resolve(policy, read)
    answer = request(policy, membership, requester, place, purpose)
    if answer.requirement and requester in can(answer.requirement, membership, requester, Choice.APPROVE):
        demands = [r.grant(purpose) for r in policy.rules if r.name in answer.rules]
        assert all(grant and grant.approve.self_approval for grant in demands)


@given(policies(), reads, places, people, people)
def test_taking_a_person_out_of_the_groups_never_makes_an_approval_count(
    policy: Policy, read: Read, place: Place, person: str, requester: str
) -> None:
    """Out of those to whom approving is denied nobody is taken: that is what this does not hold for."""
    membership = resolve(policy, read)
    requirement = request(policy, membership, requester, place).requirement
    if requirement is None or requirement.barred:
        return
    for name, of in membership.groups.items():
        fewer = Members(of.known - {person}, of.unreadable)
        less = Membership({**membership.groups, name: fewer})
        after = decide_vote(requirement, less, person, requester, Choice.APPROVE).allowed
        assert not after or decide_vote(requirement, membership, person, requester, Choice.APPROVE).allowed


@given(policies(), reads, places, people, purposes, st.none() | who)
def test_an_allowed_request_can_be_approved(
    policy: Policy, read: Read, place: Place, requester: str, purpose: Purpose, barred: tuple[str, ...] | None
) -> None:
    policy = with_rules(policy, denying(Right.APPROVE, *barred)) if barred else policy
    membership = resolve(policy, read)
    answer = request(policy, membership, requester, place, purpose)
    if answer.requirement is not None:
        could = can(answer.requirement, membership, requester, Choice.APPROVE)
        in_time = answer.requirement.review_seconds < answer.requirement.expires_seconds
        assert answer.allowed == (in_time and enough(answer.requirement, membership, sorted(could)))


@given(
    st.lists(st.frozensets(people), max_size=4),
    st.frozensets(people),
    st.integers(1, 3),
)
def test_all_of_wants_a_person_of_its_own_for_each_group(
    groups: list[frozenset[str]], voters: frozenset[str], quorum: int
) -> None:
    """Compared with trying every assignment."""
    names = tuple(f"g{n}" for n in range(len(groups)))
    membership = Membership({name: Members(known) for name, known in zip(names, groups, strict=True)})
    needed = Requirement(
        rules=("r",),
        approvers=(PEOPLE,),
        quorum=quorum,
        by=(Means.REACTION,),
        expires_seconds=60,
        self_approval=False,
        all_of=names,
    )
    served = any(
        all(person in group for person, group in zip(one, groups, strict=False))
        for one in permutations(voters, len(groups))
    )
    assert enough(needed, membership, sorted(voters)) == (len(voters) >= quorum and served)


# --- a reload never widens


@given(approvals, approvals, who, who, reads, people, means)
def test_rules_together_are_no_wider_than_each(
    one: Approval,
    other: Approval,
    barred: tuple[str, ...],
    mute: tuple[str, ...],
    read: Read,
    requester: str,
    way: Means,
) -> None:
    groups = (Group(name="g1", users=(ALICE,)), Group(name="g2", usergroup=USERGROUPS[0]))
    membership = resolve(Policy(groups=groups, sha256=""), read)
    first = of_approval("one", one, external=True)
    second = of_approval("other", other).model_copy(update={"barred": barred, "mute": mute})
    for both in (together(first, second), together(second, first)):
        assert_narrower(both, first, membership, requester, way)
        assert_narrower(both, second, membership, requester, way)


@given(reloads(), reads, places, people, means)
def test_a_reload_never_widens_an_open_request(
    reload: tuple[Policy, Policy], read: Read, place: Place, requester: str, way: Means
) -> None:
    old, new = reload
    first = request(old, resolve(old, read), requester, place)
    if not first.allowed or first.requirement is None or place.route is None:
        return
    stored, membership = first.requirement, resolve(new, read)
    now = reconsider(new, membership, requester, place, stored, routes=(place.route,))
    assert request(new, membership, requester, place).allowed or not now.allowed
    if now.requirement is None:
        assert not now.allowed
        return
    assert_narrower(now.requirement, stored, membership, requester, way)


def assert_narrower(
    now: Requirement, stored: Requirement, membership: Membership, requester: str, way: Means
) -> None:
    assert now.quorum >= stored.quorum
    assert now.expires_seconds <= stored.expires_seconds
    assert now.review_seconds >= stored.review_seconds
    assert stored.self_approval or not now.self_approval
    assert stored.external or not now.external
    assert set(now.by) <= set(stored.by)
    assert set(now.routes) <= set(stored.routes)
    for kind in ("approvers", "all_of", "barred", "freezes", "reasons"):
        assert set(getattr(now, kind)) >= set(getattr(stored, kind))
    for person in PEOPLE:
        after = decide_vote(now, membership, person, requester, Choice.APPROVE, way)
        before = decide_vote(stored, membership, person, requester, Choice.APPROVE, way)
        assert before.allowed or not after.allowed
    assert enough(stored, membership, PEOPLE) or not enough(now, membership, PEOPLE)


@given(policies(), reads, places, people)
def test_a_reload_of_the_same_changes_nothing(
    policy: Policy, read: Read, place: Place, requester: str
) -> None:
    membership = resolve(policy, read)
    first = request(policy, membership, requester, place)
    if first.allowed and first.requirement is not None and place.route is not None:
        assert (
            reconsider(policy, membership, requester, place, first.requirement, routes=(place.route,))
            == first
        )


# --- freeze windows


@given(st.lists(freezes, min_size=1, max_size=3), moments)
def test_a_window_is_over_when_it_says_so(windows: list[Freeze], now: datetime) -> None:
    found = frozen(tuple(windows), now)
    if found is None:
        return
    assert found.until > now
    assert found.until - now > timedelta(days=400) or frozen(tuple(windows), found.until) is None
    for part in range(8):
        assert frozen(tuple(windows), now + (found.until - now) * part / 8) is not None


@given(freezes, moments, st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_where_the_clock_is_never_changed_the_wall_clock_decides(
    window: Freeze, now: datetime, zone: str
) -> None:
    there = window.model_copy(update={"zone": zone})
    local = (now + timedelta(hours=5.5 if zone == "Asia/Kolkata" else 0)).replace(tzinfo=None)
    inside = False
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        begins = datetime.combine(day, window.start)
        ends = datetime.combine(day + timedelta(days=window.end <= window.start), window.end)
        counts = (
            day.weekday() in window.days
            and (window.first is None or day >= window.first)
            and (window.last is None or day <= window.last)
        )
        inside = inside or (counts and begins <= local < ends)
    assert (there.until(now) is not None) == inside
