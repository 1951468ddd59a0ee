"""What a request needs before it is carried out: stored with the request, judged again at each vote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import Field

from bot.core.policy.freeze import Freeze
from bot.core.policy.model import Approval, Means
from bot.core.route import Route
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
    """from the planning that made the approval message"""
    self_approval: bool
    all_of: tuple[str, ...] = ()
    """each of these groups has to be among the approvers, by a person of its own"""
    barred: tuple[str, ...] = ()
    """to whom a rule denies approving, whatever others grant"""
    deniers: tuple[str, ...] = ()
    """who may deny besides the approvers"""
    mute: tuple[str, ...] = ()
    """to whom a rule denies denying"""
    review_seconds: float = 0.0
    remind_seconds: float | None = None
    escalate_seconds: float | None = None
    escalate_to: tuple[str, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    reasons: tuple[str, ...] = ()
    """regular expressions, each found in the requester's reason"""
    external: bool = False
    """whether it may be asked for where people of other organisations read"""
    routes: tuple[Route, ...] = tuple(Route)
    """those that the rules let the requester take"""

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that is asked for, each once."""
        return _once([*(name for names in self.approvers for name in names), *self.all_of])


def of_approval(rule: str, approval: Approval, *, external: bool = False) -> Requirement:
    """What the rule of that name demands."""
    return Requirement(
        rules=(rule,),
        approvers=(approval.people,),
        quorum=approval.quorum,
        by=approval.by,
        expires_seconds=approval.expires_seconds,
        self_approval=approval.self_approval,
        all_of=approval.all_of,
        review_seconds=approval.review_seconds,
        remind_seconds=approval.remind_seconds,
        escalate_seconds=approval.escalate_seconds,
        escalate_to=approval.escalate_to,
        freezes=approval.freezes,
        reasons=() if approval.reason is None else (approval.reason,),
        external=external,
    )


def together(first: Requirement, *others: Requirement) -> Requirement:
    """The strictest reading: an approver suits every rule, the largest quorum, the shortest expiry, and what
    one forbids is forbidden."""
    every = (first, *others)
    return Requirement(
        rules=_once(name for r in every for name in r.rules),
        approvers=_once(names for r in every for names in r.approvers),
        quorum=max(r.quorum for r in every),
        by=_common([r.by for r in every]),
        expires_seconds=min(r.expires_seconds for r in every),
        self_approval=all(r.self_approval for r in every),
        all_of=_once(name for r in every for name in r.all_of),
        barred=_once(name for r in every for name in r.barred),
        # Denying is the safe side: whoever may by one may.
        deniers=_once(name for r in every for name in r.deniers),
        mute=_once(name for r in every for name in r.mute),
        review_seconds=max(r.review_seconds for r in every),
        remind_seconds=_soonest(r.remind_seconds for r in every),
        escalate_seconds=_soonest(r.escalate_seconds for r in every),
        escalate_to=_once(name for r in every for name in r.escalate_to),
        freezes=_once(freeze for r in every for freeze in r.freezes),
        reasons=_once(reason for r in every for reason in r.reasons),
        external=all(r.external for r in every),
        routes=_common([r.routes for r in every]),
    )


def _common(lists: list[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(item for item in lists[0] if all(item in one for one in lists[1:]))


def _soonest(times: Iterable[float | None]) -> float | None:
    return min((seconds for seconds in times if seconds is not None), default=None)


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
