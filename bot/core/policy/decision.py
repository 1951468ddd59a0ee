"""The answer to "may this person do this?", with its reasons.

Only what is certain grants: where the answer hangs on a user group or on a fact of the VM that could not be
read, it is ``GROUP_UNREADABLE`` or ``SCOPE_UNREADABLE``.
"""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.model import Rule
from bot.core.policy.people import Standing
from bot.core.policy.requirement import Requirement
from bot.core.value import Value

UNSURE = frozenset({Code.GROUP_UNREADABLE, Code.SCOPE_UNREADABLE})


class Decision(Value):
    """Ask ``allowed``: the decision itself is true either way."""

    allowed: bool
    code: Code | None
    """why not; None where allowed"""
    rules: tuple[str, ...] = ()
    """the rules that decided"""
    groups: tuple[str, ...] = ()
    """the groups or ids that decided: the person's where allowed, those in the way otherwise"""
    requirement: Requirement | None = None
    """what an allowed request still needs, or one that nobody could approve would"""


def granted(granting: list[tuple[Rule, Standing]]) -> Decision:
    """Allowed by these rules, the person standing to each as given."""
    return Decision(
        allowed=True,
        code=None,
        rules=tuple(rule.name for rule, _ in granting),
        groups=groups_of([s for _, s in granting]),
    )


def unreadable(unsure: list[tuple[Rule, Standing]]) -> Decision:
    """Refused since these rules may name the person, and that could not be read."""
    return Decision(
        allowed=False,
        code=Code.GROUP_UNREADABLE,
        rules=tuple(rule.name for rule, _ in unsure),
        groups=tuple(dict.fromkeys(name for _, s in unsure for name in s.unreadable)),
    )


def out_of_sight(rules: list[Rule]) -> Decision:
    """Refused since these rules may cover the VM, and what they go by could not be read."""
    return Decision(allowed=False, code=Code.SCOPE_UNREADABLE, rules=tuple(rule.name for rule in rules))


def groups_of(standings: list[Standing]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for s in standings for name in s.groups))
