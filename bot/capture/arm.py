"""Phase 2 of arming: the guest is changed, read back, and restarted where that was approved.

What was changed stays when the request is closed: it is put back when somebody has the guest disarmed, or at
once if arming fails half-way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.approved import approved_as
from bot.capture.changing import make
from bot.capture.prepare import tell_vcenter
from bot.capture.tools import Tools, plan_of, still_fresh, target_of
from bot.core.change import ChangeState, Standing
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import Armed, RestartIntended, RestartUnsure
from bot.core.plan import Restart
from bot.core.purpose import Purpose
from bot.core.request import Outcome, Request, State
from bot.core.witness import REBOOT_EVENTS, beats, is_back
from bot.store.commit import Step

RESTART = "restart"


async def arm(tools: Tools, request: Request) -> None:
    """READY to ENDING. Raises ``VmdumpError`` if a value could not be set, or does not read back."""
    still_fresh(tools, request)
    await approved_as(tools, request, Purpose.ARM)
    target, plan = target_of(request), plan_of(request)
    await tell_vcenter(tools, request, "vm", target.moid)
    for number, change in plan.numbered(()):
        await make(tools, request, number, change)
    await _read_back(tools, request)
    back = await _restart(tools, request) if plan.restart is Restart.DONE else None
    debts = await tools.reader.debts(request.id, only_open=True)
    kept = tuple(d.model_copy(update={"kept": True}) for d in debts if d.state is ChangeState.MADE)
    armed = Armed(vm=target.name, changes=plan.guest, restart=plan.restart, back_seconds=back)
    step = Step(events=(armed,), debts=kept, to=State.ENDING, set={"outcome": Outcome.ARMED})
    await tools.committer.commit(request.id, "armed", lambda _: step)


async def _read_back(tools: Tools, request: Request) -> None:
    """What guards the guest may take a value back at once, and answer that it was set."""
    if await tools.reader.find(request.id, RESTART) is not None:
        # An earlier run found them well, and the guest may be on its way down.
        return
    vcenter = tools.vcenter(target_of(request))
    for change in plan_of(request).guest:
        stand = await vcenter.stand(change)
        if stand.standing is not Standing.OURS:
            raise VmdumpError(
                Code.NOT_AS_SET, thing=change.label, vm=target_of(request).name, seen=stand.seen
            )


async def _restart(tools: Tools, request: Request) -> float | None:
    """Asks the guest once to restart, and waits for it; seconds until it answers again."""
    target = target_of(request)
    vcenter = tools.vcenter(target)
    intent = RestartIntended(vm=target.name, vcenter_at=await vcenter.clock())
    told = await tools.committer.commit(request.id, RESTART, lambda _: Step(events=(intent,)))
    entry = told.entries[0]
    if told.new:
        try:
            await vcenter.reboot_guest(target.moid)
        except VmdumpError as error:
            await _unsure(tools, request, error)
    event = entry.event
    since = event.vcenter_at if isinstance(event, RestartIntended) else entry.at
    return await _back(tools, request, entry.at, since)


async def _unsure(tools: Tools, request: Request, error: VmdumpError) -> None:
    event: Event = RestartUnsure(vm=target_of(request).name, code=error.code, params=error.params)
    await tools.committer.commit(request.id, f"{RESTART}/unsure", lambda _: Step(events=(event,)))


async def _back(tools: Tools, request: Request, at: datetime, since: datetime) -> float | None:
    """None if the restart is not seen to be over in its time."""
    target = target_of(request)
    vcenter = tools.vcenter(target)
    if await tools.reader.find(request.id, f"{RESTART}/unsure") is not None:
        return None
    end = at + timedelta(seconds=tools.times.dump)
    away = False
    while True:
        try:
            signs = await vcenter.signs(target.moid)
            happened = {h.kind for h in await vcenter.happenings(target.moid, since)}
        except VmdumpError:
            # A vCenter that does not answer says nothing about the guest.
            pass
        else:
            away = away or not beats(signs) or bool(happened & REBOOT_EVENTS)
            if away and is_back(signs):
                return (tools.clock.now() - at).total_seconds()
        if tools.clock.now() >= end:
            return None
        await tools.pause(tools.times.poll)
