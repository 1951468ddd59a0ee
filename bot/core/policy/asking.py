"""Who may request something, and what approval that then needs."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.decision import UNSURE, Decision
from bot.core.policy.holding import decide_right
from bot.core.policy.model import EVERYBODY, Policy, Rule
from bot.core.policy.people import Membership
from bot.core.policy.place import Place
from bot.core.policy.quorum import enough
from bot.core.policy.requirement import Requirement, of_approval, together
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.route import Route

ANY_ROUTE = tuple(Route)


def decide_asking(
    policy: Policy, membership: Membership, person: str, place: Place, purpose: Purpose = Purpose.CAPTURE
) -> Decision:
    """Whether any rule could let the person request anything for this purpose in this channel."""
    return decide_somewhere(policy, membership, person, place, Right.to_ask_for(purpose))


def decide_somewhere(
    policy: Policy, membership: Membership, person: str, place: Place, right: Right
) -> Decision:
    """Whether any rule could give the person the right over anything in this channel.

    To be asked before a VM is looked up, so that strangers cannot learn which VMs there are. What is denied
    for some VMs only is not known here.
    """
    rules = tuple(
        rule if rule.scope.any_vm else rule.model_copy(update={"denies": {}}) for rule in policy.rules
    )
    anywhere = Place(None, place.channel)
    somewhere = policy.model_copy(update={"rules": rules})
    return decide_right(somewhere, membership, person, right, anywhere)


def decide_request(
    policy: Policy,
    membership: Membership,
    person: str,
    place: Place,
    purpose: Purpose = Purpose.CAPTURE,
    routes: tuple[Route, ...] = ANY_ROUTE,
) -> Decision:
    """Whether the person may request the VM there for this purpose, and what approval that needs.

    The requirements of all rules that cover it and name the person apply together; so do those of all routes
    that may be taken. If it is not known whether a rule covers the VM or names the person, that is refused
    too: it could ask for more. The requirement says which of the routes are allowed.
    """
    right = Right.to_ask_for(purpose)
    by_route = {
        route: decide_right(
            policy, membership, person, right, Place(place.machine, place.channel, route), strict=True
        )
        for route in routes
    }
    allowed = tuple(route for route, decision in by_route.items() if decision.allowed)
    unsure = [d for d in by_route.values() if d.code in UNSURE]
    if unsure or not allowed:
        none = Decision(allowed=False, code=Code.NOT_ALLOWED)
        return next(iter(unsure or by_route.values()), none)
    demands = [
        _demand(policy, by_route[route], Place(place.machine, place.channel, route), purpose)
        for route in allowed
    ]
    requirement = together(demands[0], *demands[1:]).model_copy(update={"routes": allowed})
    return dead_end(requirement, membership, person) or Decision(
        allowed=True,
        code=None,
        rules=requirement.rules,
        groups=tuple(dict.fromkeys(name for r in allowed for name in by_route[r].groups)),
        requirement=requirement,
    )


def reconsider(
    policy: Policy,
    membership: Membership,
    requester: str,
    place: Place,
    stored: Requirement,
    purpose: Purpose = Purpose.CAPTURE,
    routes: tuple[Route, ...] = ANY_ROUTE,
) -> Decision:
    """What an open request needs under the policy that is in force now.

    The stored requirement and today's apply together, so a changed policy narrows a request and never widens
    it. Refused where the requester may no longer ask, a route is no longer allowed, or nobody is left who
    could approve.
    """
    now = decide_request(policy, membership, requester, place, purpose, routes)
    if now.requirement is None:
        return now
    if now.allowed and not set(routes) <= set(now.requirement.routes):
        return Decision(allowed=False, code=Code.NOT_ALLOWED, rules=now.rules)
    requirement = together(stored, now.requirement)
    narrowed = now.model_copy(update={"requirement": requirement})
    # Of a dead end too: whoever was asked may still deny.
    return narrowed if not now.allowed else dead_end(requirement, membership, requester) or narrowed


def dead_end(requirement: Requirement, membership: Membership, requester: str) -> Decision | None:
    """A refusal if too few people could approve, the requester left out unless the rules let them in, or if
    the rules leave them no way or no time to."""
    could = candidates(requirement, membership, requester)
    possible = bool(requirement.by) and requirement.review_seconds < requirement.expires_seconds
    if possible and enough(requirement, membership, sorted(could)):
        return None
    unread = membership.unreadable((*requirement.groups, *requirement.barred))
    return Decision(
        allowed=False,
        code=Code.GROUP_UNREADABLE if unread else Code.NO_APPROVERS,
        rules=requirement.rules,
        groups=unread or requirement.groups,
        requirement=requirement,
    )


def candidates(requirement: Requirement, membership: Membership, requester: str) -> frozenset[str]:
    """Everybody whose approval would count for certain."""
    if EVERYBODY in requirement.barred or membership.unreadable(requirement.barred):
        return frozenset()
    could = frozenset.intersection(*(membership.known(names) for names in requirement.approvers))
    could -= membership.known(requirement.barred)
    return could if requirement.self_approval else could - {requester}


def _demand(policy: Policy, granting: Decision, place: Place, purpose: Purpose) -> Requirement:
    """What the granting rules ask for, and to whom any rule there denies a vote."""
    sure, unsure = place.rules(policy)
    rules = [rule for rule in sure if rule.name in granting.rules]
    demands = [
        of_approval(rule.name, grant.approve, external=rule.external)
        for rule in rules
        if (grant := rule.grant(purpose)) is not None
    ]
    return together(demands[0], *demands[1:]).model_copy(
        update={
            "barred": _denied([*sure, *unsure], Right.APPROVE),
            "mute": _denied(sure, Right.DENY),
            "deniers": tuple(dict.fromkeys(n for rule in sure for n in rule.grants.get(Right.DENY, ()))),
        }
    )


def _denied(rules: list[Rule], right: Right) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for rule in rules for name in rule.denies.get(right, ())))
