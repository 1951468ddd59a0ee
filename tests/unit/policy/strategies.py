"""Policies of every shape, over a world small enough that their rules meet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from bot.core.policy.channel import Channel
from bot.core.policy.freeze import Freeze
from bot.core.policy.model import EVERYBODY, Approval, Grant, Group, Means, Policy, Rule
from bot.core.policy.people import Unreadable
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.route import Route
from bot.core.target import Machine
from bot.core.vote import Choice, Vote
from tests.unit.policy.world import ALICE, BOB, CAROL, DIGEST, DORA, INCIDENT, NOON, machine

PEOPLE = (ALICE, BOB, CAROL, DORA)
"""MALLORY is never named"""
NAMES = ("g1", "g2", "g3")
"""the second has a user group besides, the third nothing else"""
USERGROUPS = ("S0AAAAAA", "S0BBBBBB")

people = st.sampled_from(PEOPLE)
who = st.sampled_from([PEOPLE, ("g1",), ("g2",), ("g3",), ("g1", "g2"), ("g3", ALICE), (BOB, CAROL), (DORA,)])
some = st.just(()) | who
SCOPES = (
    Scope(),
    Scope(),
    Scope(),
    Scope(vm=("dump*",)),
    Scope(vm=("web*",)),
    Scope(folder=("/DC1/vm/*",), cluster=("gold",)),
    Scope(cluster=("*",)),
    Scope(resource_pool=("batch",)),
    Scope(tag=("env:prod",)),
    Scope(tag=("env:test",), channel=("inc-*",)),
    Scope(attribute=("owner=*",)),
    Scope(guest=("windows",)),
    Scope(channel=("C0INC42000",)),
    Scope(channel=("random",)),
    Scope(route=(Route.API, Route.SSH)),
    Scope(route=(Route.SSH,), vm=("*",)),
)
channels = st.sampled_from(
    [
        INCIDENT,
        INCIDENT,
        INCIDENT,
        INCIDENT,
        Channel(id="C0INC42000", name=""),
        Channel(id="C0RANDOM00", name="random"),
    ]
)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    facts = {
        "resource_pool": draw(st.sampled_from(["batch", None, "other"])),
        "tags": draw(st.sampled_from([("env:prod",), None, (), ("env:prod", "env:test")])),
        "attributes": draw(st.sampled_from([None, (), ("owner=x",)])),
        "family": draw(st.sampled_from(["windows", "linux"])),
    }
    name = draw(st.sampled_from(["DumpTest", "DumpTest", "DumpTest", "web"]))
    return machine(name, cluster=draw(st.sampled_from([None, "gold"]))).model_copy(update=facts)


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
freezes = st.builds(
    Freeze,
    name=st.sampled_from(["night", "weekend"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    days=st.lists(st.integers(0, 6), min_size=1, unique=True).map(lambda found: tuple(sorted(found))),
    start=times,
    end=times,
    first=st.none() | days,
    last=st.none() | days,
)
moments = st.integers(0, 2 * 366 * 24 * 4).map(
    lambda quarter: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
)
means = st.sampled_from(list(Means))
NIGHT = Freeze(name="night", zone="Europe/Berlin", start=time(22), end=time(6))
ALWAYS = Freeze(name="always", zone="UTC")
approvals = st.builds(
    Approval,
    people=st.sampled_from([PEOPLE, PEOPLE, PEOPLE, ("g1", BOB, CAROL), ("g2", DORA), ("g1",), ("g3", "g2")]),
    quorum=st.sampled_from([1, 2, 1, 3]),
    by=st.sampled_from([tuple(Means), (Means.REACTION,), (Means.BUTTON, Means.REACTION)]),
    expires_seconds=st.sampled_from([900.0, 60.0]),
    self_approval=st.booleans(),
    all_of=st.sampled_from([(), (), (), (), ("g1",), ("g1", "g2"), (ALICE, "g3")]),
    review_seconds=st.sampled_from([0.0, 30.0, 0.0, 120.0]),
    freezes=st.sampled_from([(), (NIGHT,), (ALWAYS,)]),
    reason=st.sampled_from([None, ".", "INC-[0-9]+"]),
)
GRANTS: list[dict[Right, tuple[str, ...]]] = [
    {},
    {Right.CANCEL: PEOPLE},
    {Right.BREAK_GLASS: ("g1", ALICE), Right.DENY: ("g2",)},
    {Right.CANCEL: ("g3",)},
]
grants = st.sampled_from(GRANTS)
DENIES: list[dict[Right, tuple[str, ...]]] = [
    {},
    {},
    {},
    {},
    {Right.APPROVE: ("g2",)},
    {Right.APPROVE: (BOB, CAROL)},
    {Right.APPROVE: (EVERYBODY,)},
    {Right.REQUEST: ("g3",)},
    {Right.REQUEST: (ALICE,), Right.CANCEL: (EVERYBODY,)},
    {Right.DENY: ("g2", DORA)},
]
denies = st.sampled_from(DENIES)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    members = [tuple(sorted(draw(st.frozensets(people)))) for _ in NAMES[:2]]
    groups = (
        Group(name="g1", users=members[0]),
        Group(name="g2", users=members[1], usergroup=USERGROUPS[0]),
        Group(name="g3", usergroup=USERGROUPS[1]),
    )
    return Policy(groups=groups, rules=draw(rules), admins=draw(some), sha256="")


def any_rule(n: int) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        name=st.just(f"r{n}"),
        scope=st.sampled_from(SCOPES),
        request=st.sampled_from([PEOPLE, PEOPLE, PEOPLE, PEOPLE, ("g1",), ("g3", ALICE), ()]),
        approve=st.sampled_from([True, True, True, True, False]).flatmap(
            lambda a: approvals if a else st.none()
        ),
        rehearse=st.none() | st.builds(Grant, request=who, approve=approvals),
        arm=st.none() | st.builds(Grant, request=who, approve=approvals),
        grants=grants,
        denies=denies,
        external=st.booleans(),
    )


rules = st.sampled_from([1, 2, 3, 2, 2, 1, 0]).flatmap(
    lambda count: st.tuples(*(any_rule(n) for n in range(count)))
)


@st.composite
def reloads(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """A policy, and another of which some rules and groups are the same."""
    old, new = draw(policies()), draw(policies())
    kept = tuple(draw(st.sampled_from(pair)) for pair in zip(old.rules, new.rules, strict=False))
    mixed = {"rules": (*kept, *new.rules[len(kept) :]), "groups": draw(st.sampled_from([old, new])).groups}
    return old, new.model_copy(update=mixed)


reads = st.fixed_dictionaries(
    {
        u: st.frozensets(people) | st.frozensets(people, min_size=1) | st.just(Unreadable("timeout"))
        for u in USERGROUPS
    }
)
votes = st.builds(
    Vote,
    person=people,
    choice=st.sampled_from(list(Choice)),
    digest=st.sampled_from([DIGEST, DIGEST, "d2"]),
    at=st.integers(0, 1).map(lambda second: NOON + timedelta(seconds=second)),
    groups=st.just(()),
    means=means,
)
