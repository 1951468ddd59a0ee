"""Whether somebody holds a right at a place: the one question that every other decision asks."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.decision import Decision, granted, out_of_sight, unreadable
from bot.core.policy.model import EVERYBODY, Policy, Rule
from bot.core.policy.people import Membership, Standing
from bot.core.policy.place import Place
from bot.core.policy.right import Right
from bot.core.purpose import Purpose


def holders(rule: Rule, right: Right) -> tuple[str, ...]:
    """Groups and ids to whom the rule gives the right, in whichever way it is written."""
    match right:
        case Right.REQUEST | Right.REHEARSE | Right.ARM:
            purpose = next(p for p in Purpose if Right.to_ask_for(p) is right)
            grant = rule.grant(purpose)
            return grant.request if grant else ()
        case Right.APPROVE:
            return rule.approve.people if rule.approve else ()
        case Right.DENY:
            return (*holders(rule, Right.APPROVE), *rule.grants.get(right, ()))
        case _:
            return rule.grants.get(right, ())


def decide_right(
    policy: Policy, membership: Membership, person: str, right: Right, place: Place, *, strict: bool = False
) -> Decision:
    """Whether the person holds the right there.

    ``strict`` refuses also where another rule may name the person and that is not known: it could ask for
    more.
    """
    denied = denial(policy, membership, person, right, place)
    if denied is None and right is Right.BREAK_GLASS:
        # It stands for an approval: not for that of somebody to whom approving is denied.
        denied = denial(policy, membership, person, Right.APPROVE, place)
    if denied is not None:
        return denied
    sure, unsure_rules = place.rules(policy)
    giving = [(rule, membership.standing(person, holders(rule, right))) for rule in sure]
    granting = [(rule, s) for rule, s in giving if s.member]
    unsure = [(rule, s) for rule, s in giving if s.unsure]
    hidden = [r for r in unsure_rules if _may_name(membership.standing(person, holders(r, right)))]
    if hidden and (strict or not granting):
        return out_of_sight(hidden)
    if unsure and (strict or not granting):
        return unreadable(unsure)
    return granted(granting) if granting else Decision(allowed=False, code=Code.NOT_ALLOWED)


def denial(
    policy: Policy, membership: Membership, person: str, right: Right, place: Place
) -> Decision | None:
    """The refusal of a rule that denies the right, or may deny it."""
    sure, unsure_rules = place.rules(policy)
    for rule in sure:
        names = rule.denies.get(right, ())
        standing = membership.standing(person, names)
        if EVERYBODY in names or standing.member:
            groups = standing.groups or (EVERYBODY,)
            return Decision(allowed=False, code=Code.DENIED_BY_RULE, rules=(rule.name,), groups=groups)
        if standing.unsure:
            return unreadable([(rule, standing)])
    for rule in unsure_rules:
        names = rule.denies.get(right, ())
        if EVERYBODY in names or _may_name(membership.standing(person, names)):
            return out_of_sight([rule])
    return None


def _may_name(standing: Standing) -> bool:
    return standing.member or standing.unsure
