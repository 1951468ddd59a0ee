"""Phase 2: vCenter's own log is told, then the host is opened."""

from __future__ import annotations

from bot.capture.changing import make
from bot.capture.ports import Subject
from bot.capture.tools import Tools, leg_of, of_leg, plan_of, target_of
from bot.core.change import ServiceChange
from bot.core.entry import Event
from bot.core.errors import VmdumpError
from bot.core.events import Prepared, VcenterTellFailed, VcenterTold
from bot.core.purpose import Purpose
from bot.core.request import Request, State
from bot.core.vote import tally
from bot.store.commit import Step, WrongState

WHAT = {
    Purpose.CAPTURE: "memory dump of {vm} by NMI",
    Purpose.REHEARSAL: "rehearsal, without the NMI, of a memory dump of {vm}",
    Purpose.ARM: "{vm} armed for memory dumps",
}


async def prepare(tools: Tools, request: Request) -> None:
    """READY to PREPARED. Raises ``VmdumpError`` if a change could not be made."""
    target = target_of(request)
    # A rehearsal tries every route that a capture might take.
    legs = (leg_of(request),) if request.purpose is Purpose.CAPTURE else plan_of(request).legs
    await tell_vcenter(tools, request, "vm", target.moid)
    await tell_vcenter(tools, request, "host", target.host_moid)
    plan = plan_of(request)
    for number, change in plan.numbered(legs):
        await make(tools, request, number, change)
    changes = tuple(change for leg in legs for change in leg.changes)
    event = Prepared(
        host=target.host_name,
        labels=tuple(change.label for change in changes if isinstance(change, ServiceChange)),
        besides=tuple(change.label for change in changes if not isinstance(change, ServiceChange)),
        already_on=tuple(label for leg in legs for label in leg.already_on),
        guards=tuple(change.label for change in plan.guards) if request.leg == 0 else (),
        route=legs[0].route,
    )
    key = of_leg("prepared", request)
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,), to=State.PREPARED))


async def tell_vcenter(tools: Tools, request: Request, subject: Subject, moid: str) -> None:
    """Once at most. A refusal is noted and stops nothing: the journal, not vCenter's log, is the record."""
    target = target_of(request)
    approvers = ", ".join(tally(request.votes, request.digest or ""))
    what = WHAT[request.purpose].format(vm=target.name)
    way = f" by {leg_of(request).route.value}" if plan_of(request).legs else ""
    text = (
        f"vmdump {request.id}: {what} on {target.host_name}{way}, "
        f"requested by {request.requester}, approved by {approvers}, reason: {request.reason or 'none given'}"
    )
    event = VcenterTold(subject=subject, text=text)

    def decide(now: Request) -> Step:
        if now.state not in {State.READY, State.PREPARING}:
            # A withdrawal came first: nothing may be touched any more.
            raise WrongState(now, State.PREPARING)
        return Step(events=(event,), to=State.PREPARING if now.state is State.READY else None)

    told = await tools.committer.commit(request.id, f"vcenter-log/{subject}", decide)
    if not told.new:
        return
    try:
        await tools.vcenter(target).log_user_event(subject, moid, text)
    except VmdumpError as error:
        failed: Event = VcenterTellFailed(subject=subject, code=error.code, params=error.params)
        await tools.committer.commit(
            request.id, f"vcenter-log/{subject}/failed", lambda _: Step(events=(failed,))
        )
