"""Who may cancel a request.

Requesters always may, and nothing is asked for that: stopping is the safe side, and it must work while the
chat tells nothing of groups and people.
"""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.channel import Channel
from bot.core.policy.decision import Decision, granted, unreadable
from bot.core.policy.model import Policy
from bot.core.policy.people import Membership
from bot.core.target import Machine


def decide_cancel(
    policy: Policy,
    membership: Membership,
    person: str,
    machine: Machine | None,
    channel: Channel,
) -> Decision:
    """Whether the person may cancel somebody else's request.

    A rule must cover the VM; before the VM is known (``machine`` is None) none does.
    """
    here = [r for r in policy.rules if machine is not None and r.scope.covers(machine, channel)]
    standings = [(rule, membership.standing(person, rule.cancel)) for rule in here]
    granting = [(rule, s) for rule, s in standings if s.member]
    if granting:
        return granted(granting)
    unsure = [(rule, s) for rule, s in standings if s.unsure]
    return unreadable(unsure) if unsure else Decision(allowed=False, code=Code.NOT_ALLOWED)
