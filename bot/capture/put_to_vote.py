"""Putting a plan to the vote: a request's first, or another when the approved one is no longer true."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.ports import Needs
from bot.core.events import Planned
from bot.core.plan import Plan
from bot.core.request import Request, State
from bot.store.commit import Step


def put_to_vote(
    request: Request, plan: Plan, needs: Needs, now: datetime, differences: tuple[str, ...] = ()
) -> tuple[str, Step]:
    """The business key and the step; votes on an earlier plan are bound to its digest and count no more."""
    requirement = needs.requirement
    planned = Planned(
        round=request.round + 1,
        plan=plan,
        digest=plan.digest(),
        requester=request.requester,
        reason=request.reason,
        requirement=requirement,
        approvers=needs.approvers,
        deadline=now + timedelta(seconds=requirement.expires_seconds),
        break_glass=needs.break_glass,
        differences=differences,
        frozen=needs.frozen,
    )
    changed = {
        "plan": plan,
        "digest": planned.digest,
        "round": planned.round,
        "deadline": planned.deadline,
        "requirement": requirement,
        "approval_message": None,
        "approved_at": None,
        "rested": request.run,
    }
    return f"planned/{planned.round}", Step(events=(planned,), to=State.PLANNED, set=changed)
