"""Whose vote counts."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.decision import Decision, groups_of
from bot.core.policy.model import Means
from bot.core.policy.people import Membership, Standing
from bot.core.policy.requirement import Requirement
from bot.core.vote import Choice


def decide_vote(
    requirement: Requirement,
    membership: Membership,
    person: str,
    requester: str,
    choice: Choice,
    means: Means = Means.REACTION,
) -> Decision:
    """Whether the person's vote counts.

    To approve, one suits every rule; to deny, suiting one is enough, since stopping is the safe side.
    Requesters stop their own request by cancelling it.
    """
    standings = [membership.standing(person, names) for names in requirement.approvers]
    counted = (
        all(s.member for s in standings) if choice is Choice.APPROVE else any(s.member for s in standings)
    )
    if not standings or not counted:
        return _not_in(standings, Code.NOT_AN_APPROVER, requirement)
    if choice is Choice.APPROVE and means not in requirement.by:
        return Decision(allowed=False, code=Code.NOT_AN_APPROVER, rules=requirement.rules)
    if choice is Choice.APPROVE and person == requester and not requirement.self_approval:
        return Decision(allowed=False, code=Code.SELF_APPROVAL, rules=requirement.rules)
    return Decision(allowed=True, code=None, rules=requirement.rules, groups=groups_of(standings))


def approving(
    requirement: Requirement, membership: Membership, voters: tuple[str, ...], requester: str
) -> tuple[str, ...]:
    """Those of the voters whose approval counts now, each once: judge them again at the deciding vote."""
    return tuple(
        voter
        for voter in dict.fromkeys(voters)
        if decide_vote(requirement, membership, voter, requester, Choice.APPROVE).allowed
    )


def _not_in(standings: list[Standing], code: Code, requirement: Requirement) -> Decision:
    unreadable = tuple(dict.fromkeys(name for s in standings if s.unsure for name in s.unreadable))
    return Decision(
        allowed=False,
        code=Code.GROUP_UNREADABLE if unreadable else code,
        rules=requirement.rules,
        groups=unreadable or requirement.groups,
    )
