"""Phase 1: what was approved is read again, and must still be so."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.capture.apart import none_apart
from bot.capture.dump_before import dump_before
from bot.capture.looking import console, keep_picture
from bot.capture.plan_wish import plan_wish_of
from bot.capture.planning import plan_for
from bot.capture.ports import Approvals
from bot.capture.put_to_vote import put_to_vote
from bot.capture.tools import Tools, of_round, plan_of, still_fresh, target_of
from bot.capture.vmware_log import log_size
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import LogUnread, PlanChanged, PlanConfirmed, PlanFollowed, WaitingForMigration
from bot.core.plan import UNBOUND, Plan
from bot.core.request import CAPTURING, Outcome, Request, State
from bot.store.commit import Step, always

log = logging.getLogger(__name__)


async def ready(tools: Tools, request: Request) -> None:
    """APPROVED to READY, or back to voting if the plan or the approval is no longer what it was."""
    still_fresh(tools, request)
    await none_apart(tools.reader, request, plan_of(request), CAPTURING)
    plan = await _planned(tools, request)
    if request.plan is None or request.digest is None:
        raise VmdumpError(Code.INTERNAL, cause="approved without a plan")
    if request.plan.digest() != request.digest or request.plan.purpose is not request.purpose:
        # A row whose plan is not the one that people voted on is no approval, and nothing to go on from.
        await _changed(tools, request, request.digest, plan, differences(request.plan, plan))
        return
    kept = _still_approved(request.plan, plan)
    if kept is None:
        await _ask_again(tools, request, request.digest, plan, differences(request.plan, plan))
        return
    if not await _approved_still(tools, request, kept):
        return
    confirmed, unread = await _confirmed(tools, request, kept)
    events = (confirmed, *unread, *_followed(request.plan, kept))
    step = Step(events=events, to=State.READY, set={"plan": kept})
    await tools.committer.commit(request.id, of_round("ready", request), lambda _: step)


async def _confirmed(
    tools: Tools, request: Request, kept: Plan
) -> tuple[PlanConfirmed, tuple[LogUnread, ...]]:
    """How everything is before the NMI, which waits for it: what can be read at the same time is."""
    machine = kept.machine
    async with asyncio.TaskGroup() as all_three:
        seeing = all_three.create_task(console(tools, request))
        measuring = all_three.create_task(log_size(tools.vcenter(machine.target), machine))
        looking = all_three.create_task(dump_before(tools, kept))
    looks, png = seeing.result()
    log_bytes, unread = measuring.result()
    digest = kept.digest()
    confirmed = PlanConfirmed(
        digest=digest,
        approved=None if digest == request.digest else request.digest,
        dump_before=looking.result().file,
        looked_before=looking.result().looked,
        looks=looks,
        picture=None if png is None else await keep_picture(tools, png),
        log_size=log_bytes,
    )
    return confirmed, unread


async def _approved_still(tools: Tools, request: Request, plan: Plan) -> bool:
    """Asks chat and rules until they answer, while the approval is fresh. Raises ``VmdumpError``."""
    approvals = _approvals(tools)
    while True:
        try:
            return await approvals.still(request, plan)
        except VmdumpError as error:
            log.warning("%s: the approval cannot be looked at again: %s", request.id, error.code)
            end = (request.approved_at or request.created_at) + timedelta(seconds=tools.times.approval)
            if tools.clock.now() + timedelta(seconds=tools.times.poll) > end:
                raise
        await tools.pause(tools.times.poll)


async def _ask_again(
    tools: Tools, request: Request, approved: str, plan: Plan, found: tuple[str, ...]
) -> None:
    """The difference goes into a new approval message, and voting starts anew."""
    if plan.blocked:
        await _changed(tools, request, approved, plan, found)
        return
    needs = await _approvals(tools).needs(request, plan)
    key, step = put_to_vote(request, plan, needs, tools.clock.now(), found)
    await tools.committer.commit(request.id, key, lambda _: step)


async def _changed(tools: Tools, request: Request, approved: str, plan: Plan, found: tuple[str, ...]) -> None:
    changed = PlanChanged(approved=approved, found=plan.digest(), differences=found)
    step = Step(events=(changed,), to=State.ENDING, set={"outcome": Outcome.PLAN_CHANGED})
    await tools.committer.commit(request.id, of_round("ready", request), lambda _: step)


def _approvals(tools: Tools) -> Approvals:
    if tools.approvals is None:
        raise VmdumpError(Code.INTERNAL, cause="nobody knows what was approved")
    return tools.approvals


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


async def _planned(tools: Tools, request: Request) -> Plan:
    """Read anew, once the VM has arrived where it is on its way to. Raises ``VmdumpError``."""
    target = target_of(request)
    end = tools.clock.now() + timedelta(seconds=tools.times.host)
    while True:
        planned = await plan_for(tools, target.vcenter, target.moid, plan_wish_of(request, again=True))
        machine = planned.machine
        if not machine.migrating:
            return planned
        if tools.clock.now() >= end:
            raise VmdumpError(Code.MIGRATING, vm=target.name, host=machine.target.host_name)
        event = WaitingForMigration(vm=target.name, host=machine.target.host_name)
        await tools.committer.commit(
            request.id, of_round("migration", request), always(Step(events=(event,)))
        )
        await tools.pause(tools.times.poll)


def differences(approved: Plan, found: Plan) -> tuple[str, ...]:
    """What a person must look at, as ``name: before -> now``."""
    pairs = [
        ("purpose", approved.purpose.value, found.purpose.value),
        ("host", approved.machine.target.host_name, found.machine.target.host_name),
        ("vmx", approved.machine.target.vmx_path, found.machine.target.vmx_path),
        ("route", _routes(approved), _routes(found)),
        ("changes", _labels(approved), _labels(found)),
        ("values", _values(approved), _values(found)),
    ]
    levels = {f.code: f.level.value for f in approved.findings}
    pairs += [
        (f.code, levels.get(f.code, "none"), f.level.value) for f in found.findings if f.code not in UNBOUND
    ]
    return tuple(f"{name}: {before} -> {now}" for name, before, now in pairs if before != now)


def _labels(plan: Plan) -> str:
    return ", ".join(change.label for change in plan.changes) or "none"


def _values(plan: Plan) -> str:
    return ", ".join(f"{change.label} {change.before}" for change in plan.guest)


def _routes(plan: Plan) -> str:
    return ", then ".join(leg.route.value for leg in plan.legs)
