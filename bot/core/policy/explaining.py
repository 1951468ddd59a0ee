"""Why somebody may or may not request a VM, rule by rule: the decision itself, with what led to it."""

from __future__ import annotations

from datetime import datetime

from bot.core.policy.approvers import Approvers, approvers_of
from bot.core.policy.asking import ANY_ROUTE, candidates, decide_request
from bot.core.policy.decision import Decision
from bot.core.policy.freeze import Frozen, frozen
from bot.core.policy.holding import decide_right, holders
from bot.core.policy.model import EVERYBODY, Policy, Rule
from bot.core.policy.people import Membership
from bot.core.policy.place import Place
from bot.core.policy.quorum import missing_groups
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.value import Value


class RuleSeen(Value):
    """How one rule stands to the question."""

    name: str
    misfits: tuple[str, ...]
    """kinds of its match that do not fit"""
    unread: tuple[str, ...]
    """kinds of its match that could not be read"""
    grants: bool
    """whether it gives the person the right; asked of every rule, also of those that do not fit"""
    unsure: tuple[str, ...]
    """groups that could not be read and may hold the person"""
    denies: bool

    @property
    def fits(self) -> bool:
        return not self.misfits and not self.unread


class Explanation(Value):
    person: str
    right: Right
    decision: Decision
    rules: tuple[RuleSeen, ...]
    approvers: tuple[Approvers, ...] = ()
    could_approve: tuple[str, ...] = ()
    """user ids that are known for certain"""
    missing: tuple[str, ...] = ()
    """groups of ``all_of`` for which nobody is left"""
    unreadable: tuple[str, ...] = ()
    frozen: Frozen | None = None
    break_glass: bool = False
    """whether the person could use it there"""


def explain(
    policy: Policy,
    membership: Membership,
    person: str,
    place: Place,
    now: datetime,
    purpose: Purpose = Purpose.CAPTURE,
    routes: tuple[Route, ...] = ANY_ROUTE,
) -> Explanation:
    """The answer to a request as it would be given now."""
    right = Right.to_ask_for(purpose)
    decision = decide_request(policy, membership, person, place, purpose, routes)
    seen = tuple(_seen(rule, membership, person, right, place) for rule in policy.rules)
    breaking = decide_right(policy, membership, person, Right.BREAK_GLASS, place).allowed
    needed = decision.requirement
    if needed is None:
        return Explanation(person=person, right=right, decision=decision, rules=seen, break_glass=breaking)
    could = sorted(candidates(needed, membership, person))
    return Explanation(
        person=person,
        right=right,
        decision=decision,
        rules=seen,
        approvers=approvers_of(policy, needed, person),
        could_approve=tuple(could),
        missing=missing_groups(needed, membership, could),
        unreadable=membership.unreadable(needed.groups),
        frozen=frozen(needed.freezes, now),
        break_glass=breaking,
    )


def _seen(rule: Rule, membership: Membership, person: str, right: Right, place: Place) -> RuleSeen:
    kinds = [] if place.machine is None else list(rule.scope.kinds(place.machine, place.channel, place.route))
    denied = rule.denies.get(right, ())
    standing = membership.standing(person, holders(rule, right))
    return RuleSeen(
        name=rule.name,
        misfits=tuple(kind for kind, fit in kinds if fit is False),
        unread=tuple(kind for kind, fit in kinds if fit is None),
        grants=standing.member,
        unsure=() if standing.member else standing.unreadable,
        denies=EVERYBODY in denied or membership.standing(person, denied).member,
    )
