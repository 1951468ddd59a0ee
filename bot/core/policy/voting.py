"""Whose vote counts."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.decision import Decision, groups_of
from bot.core.policy.model import EVERYBODY, Means
from bot.core.policy.people import Membership, Standing
from bot.core.policy.requirement import Requirement
from bot.core.vote import Choice, Vote, latest


def decide_vote(
    requirement: Requirement,
    membership: Membership,
    person: str,
    requester: str,
    choice: Choice,
    means: Means = Means.REACTION,
) -> Decision:
    """Whether the person's vote counts.

    To approve, one suits every rule; to deny, suiting one is enough, and what bars from it has to be known,
    since stopping is the safe side. Requesters stop their own request by cancelling it.
    """
    barred = _barred(requirement.barred if choice is Choice.APPROVE else requirement.mute, membership, person)
    if barred is not None and (choice is Choice.APPROVE or barred.code is Code.DENIED_BY_RULE):
        return barred.model_copy(update={"rules": requirement.rules})
    lists = requirement.approvers
    if choice is Choice.DENY and requirement.deniers:
        lists = (*lists, requirement.deniers)
    standings = [membership.standing(person, names) for names in lists]
    counted = (
        all(s.member for s in standings) if choice is Choice.APPROVE else any(s.member for s in standings)
    )
    if not standings or not counted:
        return _not_in(standings, requirement)
    if choice is Choice.APPROVE and means not in requirement.by:
        return Decision(allowed=False, code=Code.OTHER_MEANS, rules=requirement.rules)
    if choice is Choice.APPROVE and person == requester and not requirement.self_approval:
        return Decision(allowed=False, code=Code.SELF_APPROVAL, rules=requirement.rules)
    return Decision(allowed=True, code=None, rules=requirement.rules, groups=groups_of(standings))


def approving(
    requirement: Requirement,
    membership: Membership,
    votes: tuple[Vote, ...],
    digest: str,
    requester: str,
) -> tuple[str, ...]:
    """Those whose latest vote on the digest approves and counts now, each once: judged again at each vote."""
    return tuple(
        vote.person
        for vote in latest(votes, digest)
        if vote.choice is Choice.APPROVE
        and decide_vote(requirement, membership, vote.person, requester, Choice.APPROVE, vote.means).allowed
    )


def _barred(names: tuple[str, ...], membership: Membership, person: str) -> Decision | None:
    standing = membership.standing(person, names)
    if EVERYBODY in names or standing.member:
        return Decision(allowed=False, code=Code.DENIED_BY_RULE, groups=standing.groups or (EVERYBODY,))
    if standing.unsure:
        return Decision(allowed=False, code=Code.GROUP_UNREADABLE, groups=standing.unreadable)
    return None


def _not_in(standings: list[Standing], requirement: Requirement) -> Decision:
    unreadable = tuple(dict.fromkeys(name for s in standings if s.unsure for name in s.unreadable))
    return Decision(
        allowed=False,
        code=Code.GROUP_UNREADABLE if unreadable else Code.NOT_AN_APPROVER,
        rules=requirement.rules,
        groups=unreadable or requirement.groups,
    )
