"""Whether those who approved are enough."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.policy.people import Membership
from bot.core.policy.requirement import Requirement


def enough(requirement: Requirement, membership: Membership, people: Sequence[str]) -> bool:
    """Whether these people, each counted once, are as many and from all the groups that are asked for."""
    return len(set(people)) >= requirement.quorum and not missing_groups(requirement, membership, people)


def missing_groups(
    requirement: Requirement, membership: Membership, people: Sequence[str]
) -> tuple[str, ...]:
    """The groups of ``all_of`` for which nobody is left: one person stands for one group."""
    stands_for: dict[str, str] = {}
    members = {
        group: [p for p in people if p in membership.members(group).known] for group in requirement.all_of
    }

    def place(group: str, tried: set[str]) -> bool:
        for person in members[group]:
            if person in tried:
                continue
            tried.add(person)
            if person not in stands_for or place(stands_for[person], tried):
                stands_for[person] = group
                return True
        return False

    return tuple(group for group in requirement.all_of if not place(group, set()))
