"""Who may pin host keys and take pins back."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.decision import Decision
from bot.core.policy.model import Policy
from bot.core.policy.people import Membership


def decide_admin(policy: Policy, membership: Membership, person: str) -> Decision:
    """Whether the person is an admin for certain. Rules neither give this right nor come with it."""
    standing = membership.standing(person, policy.admins)
    if standing.member:
        return Decision(allowed=True, code=None, groups=standing.groups)
    if standing.unsure:
        return Decision(allowed=False, code=Code.GROUP_UNREADABLE, groups=standing.unreadable)
    return Decision(allowed=False, code=Code.NOT_AN_ADMIN, groups=policy.admins)
