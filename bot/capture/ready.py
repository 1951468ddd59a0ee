"""Phase 1: what was approved is read again, and must still be so."""

from __future__ import annotations

from datetime import timedelta

from bot.capture.apart import none_apart
from bot.capture.looking import console_looks
from bot.capture.planning import plan_for
from bot.capture.tools import Tools, plan_of, still_fresh, target_of
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import PlanChanged, PlanConfirmed, PlanFollowed, WaitingForMigration
from bot.core.plan import Plan
from bot.core.request import CAPTURING, Outcome, Request, State
from bot.core.signs import GuestFile
from bot.store.commit import Step, always


async def ready(tools: Tools, request: Request) -> None:
    """APPROVED to READY, or to its end if the plan is no longer the approved one."""
    still_fresh(tools, request)
    await none_apart(tools.reader, request, plan_of(request), CAPTURING)
    plan, before = await _planned(tools, request)
    if request.plan is None or request.digest is None:
        raise VmdumpError(Code.INTERNAL, cause="approved without a plan")
    # A row whose plan is not the one that people voted on is no approval.
    kept = _still_approved(request.plan, plan) if request.plan.digest() == request.digest else None
    if kept is None:
        changed = PlanChanged(
            approved=request.digest, found=plan.digest(), differences=differences(request.plan, plan)
        )
        step = Step(events=(changed,), to=State.ENDING, set={"outcome": Outcome.PLAN_CHANGED})
    else:
        looks = await console_looks(tools, request)
        digest = kept.digest()
        confirmed = PlanConfirmed(
            digest=digest,
            approved=None if digest == request.digest else request.digest,
            dump_before=before,
            looks=looks,
        )
        step = Step(events=(confirmed, *_followed(request.plan, kept)), to=State.READY, set={"plan": kept})
    await tools.committer.commit(request.id, "ready", lambda _: step)


def _still_approved(approved: Plan, found: Plan) -> Plan | None:
    """What was found, if that is what was approved; or the part that still is.

    A VM that moved takes the first route with it where that names no host; what was approved besides, for
    the host that it left, is dropped.
    """
    if found.digest() == approved.digest():
        return found
    if found.first_leg().digest() == approved.first_leg().digest():
        return found.first_leg()
    return None


def _followed(approved: Plan, kept: Plan) -> tuple[Event, ...]:
    """What people should know who read the approval message."""
    before, now = approved.machine.target, kept.machine.target
    dropped = tuple(leg.route for leg in approved.legs[len(kept.legs) :])
    if before.host_moid == now.host_moid and not dropped:
        return ()
    return (PlanFollowed(vm=now.name, before=before.host_name, now=now.host_name, dropped=dropped),)


async def _planned(tools: Tools, request: Request) -> tuple[Plan, GuestFile | None]:
    """Read anew, once the VM has arrived where it is on its way to. Raises ``VmdumpError``."""
    target = target_of(request)
    end = tools.clock.now() + timedelta(seconds=tools.times.host)
    while True:
        planned = await plan_for(tools, target.vcenter, target.moid, request.purpose, request.route)
        machine = planned[0].machine
        if not machine.migrating:
            return planned
        if tools.clock.now() >= end:
            raise VmdumpError(Code.MIGRATING, vm=target.name, host=machine.target.host_name)
        event = WaitingForMigration(vm=target.name, host=machine.target.host_name)
        await tools.committer.commit(request.id, "migration", always(Step(events=(event,))))
        await tools.pause(tools.times.poll)


def differences(approved: Plan, found: Plan) -> tuple[str, ...]:
    """What a person must look at, as ``name: before -> now``."""
    pairs = [
        ("purpose", approved.purpose.value, found.purpose.value),
        ("host", approved.machine.target.host_name, found.machine.target.host_name),
        ("vmx", approved.machine.target.vmx_path, found.machine.target.vmx_path),
        ("route", _routes(approved), _routes(found)),
        ("changes", _labels(approved), _labels(found)),
    ]
    levels = {f.code: f.level.value for f in approved.findings}
    pairs += [(f.code, levels.get(f.code, "none"), f.level.value) for f in found.findings]
    return tuple(f"{name}: {before} -> {now}" for name, before, now in pairs if before != now)


def _labels(plan: Plan) -> str:
    return ", ".join(change.label for change in plan.changes) or "none"


def _routes(plan: Plan) -> str:
    return ", then ".join(leg.route.value for leg in plan.legs)
