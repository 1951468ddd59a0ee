"""What a plan needs by the policy in force now, on top of what was demanded before."""

from __future__ import annotations

from bot.capture.ports import Needs
from bot.core.errors import Code, VmdumpError
from bot.core.policy.freeze import frozen
from bot.core.purpose import Purpose
from bot.core.request import Request
from bot.requests.ports import Channel
from bot.requests.rights import Rights, may_be_read, refuse
from bot.store.clock import Clock


def needs_of(rights: Rights, channel: Channel, planned: Request, clock: Clock) -> Needs:
    """For a request with the plan in it. Raises ``VmdumpError`` where it is refused."""
    decision = rights.needed(planned, channel)
    refuse(decision, vm=planned.vm_name)
    requirement = decision.requirement
    if requirement is None:
        raise VmdumpError(Code.INTERNAL, cause=f"{planned.id} has no requirement")
    may_be_read(requirement, channel)
    needs = Needs(
        requirement=requirement,
        approvers=rights.approvers(requirement, planned.requester),
        break_glass=planned.purpose is Purpose.CAPTURE and rights.breakers(planned, channel),
        frozen=frozen(requirement.freezes, clock.now()),
    )
    window = needs.frozen
    if window is not None and not needs.break_glass:
        left = (window.until - clock.now()).total_seconds()
        if left >= requirement.expires_seconds:
            raise VmdumpError(Code.FROZEN, window=window.name, until=window.until.isoformat())
    return needs
