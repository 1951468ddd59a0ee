"""VMs that a rule keeps on different hosts stand in for each other: never two of them at once."""

from __future__ import annotations

from collections.abc import Set

from bot.core.errors import Code, VmdumpError
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from bot.core.request import Request, State
from bot.store.reading import Reader


async def none_apart(reader: Reader, request: Request, plan: Plan, states: Set[State]) -> None:
    """Raises ``VmdumpError(APART)`` if a capture of such a VM is in one of these states.

    Of two that come to this point at once, each sees the other, and both are refused.
    """
    for other in await reader.living():
        if other.purpose is not Purpose.CAPTURE or other.vcenter != request.vcenter:
            continue
        rule = next((rule for rule in plan.apart if other.moid in rule.moids), None)
        if rule is not None and other.state in states:
            raise VmdumpError(
                Code.APART, vm=request.vm_name, other=other.vm_name, request=other.id, rule=rule.name
            )
