"""What a plan is to be made for."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.arming import ArmWish
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from bot.core.request import Request
from bot.core.route import Route


@dataclass(frozen=True, slots=True)
class PlanWish:
    purpose: Purpose = Purpose.CAPTURE
    route: Route | None = None
    """that the requester named"""
    granted: tuple[Route, ...] = tuple(Route)
    """those that the rules let the requester take"""
    override: bool = False
    """whether the requester puts up with findings that speak against a dump"""
    arming: ArmWish | None = None
    approved: Plan | None = None
    """the plan that is looked at again: what the guest told for it is not asked anew"""


def plan_wish_of(request: Request, *, again: bool = False) -> PlanWish:
    return PlanWish(
        purpose=request.purpose,
        route=request.route,
        granted=request.requirement.routes if request.requirement else tuple(Route),
        override=request.override,
        arming=request.arming,
        approved=request.plan if again else None,
    )
