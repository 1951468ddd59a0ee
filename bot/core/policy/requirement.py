"""What a request needs before it is carried out: stored with the request, judged again at each vote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import Field

from bot.core.policy.model import Grant, Means
from bot.core.value import Value

T = TypeVar("T")


class Requirement(Value):
    """The demands of all rules that apply, together."""

    rules: tuple[str, ...]
    approvers: tuple[tuple[str, ...], ...]
    """an approver is in at least one group of each of these lists: one list per rule"""
    quorum: int = Field(ge=1)
    """approvers needed, each counted once"""
    by: tuple[Means, ...]
    expires_seconds: float
    """from the posting of the approval message"""
    self_approval: bool

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that is asked for, each once."""
        return tuple(dict.fromkeys(name for names in self.approvers for name in names))


def of_grant(rule: str, grant: Grant) -> Requirement:
    """What the rule of that name demands."""
    return Requirement(
        rules=(rule,),
        approvers=(grant.approve.people,),
        quorum=grant.approve.quorum,
        by=grant.approve.by,
        expires_seconds=grant.approve.expires_seconds,
        self_approval=grant.approve.self_approval,
    )


def together(first: Requirement, *others: Requirement) -> Requirement:
    """The strictest reading: an approver suits every rule, the largest quorum, the shortest expiry, and what
    one forbids is forbidden."""
    every = (first, *others)
    return Requirement(
        rules=_once(name for r in every for name in r.rules),
        approvers=_once(names for r in every for names in r.approvers),
        quorum=max(r.quorum for r in every),
        by=tuple(m for m in first.by if all(m in r.by for r in others)),
        expires_seconds=min(r.expires_seconds for r in every),
        self_approval=all(r.self_approval for r in every),
    )


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
