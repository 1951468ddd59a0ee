"""Whom an approval message asks, so that the right people are called and nobody else."""

from __future__ import annotations

from bot.core.policy.model import Policy, is_user_id
from bot.core.policy.requirement import Requirement
from bot.core.value import Value


class Approvers(Value):
    """One group, or one person that a rule names."""

    name: str
    """as in the rules"""
    usergroup: str | None
    """the chat's id of the group"""
    people: tuple[str, ...]
    """those listed by id, without the requester"""


def approvers_of(policy: Policy, requirement: Requirement, requester: str) -> tuple[Approvers, ...]:
    """The groups that a requirement asks for, in its order."""
    return named(policy, requirement.groups, without=() if requirement.self_approval else (requester,))


def named(policy: Policy, names: tuple[str, ...], *, without: tuple[str, ...]) -> tuple[Approvers, ...]:
    """The groups and people of these names, some people left out."""
    groups = {group.name: group for group in policy.groups}
    found = []
    for name in names:
        group = groups.get(name)
        listed = group.users if group else ((name,) if is_user_id(name) else ())
        found.append(
            Approvers(
                name=name,
                usergroup=group.usergroup if group else None,
                people=tuple(p for p in listed if p not in without),
            )
        )
    return tuple(found)
