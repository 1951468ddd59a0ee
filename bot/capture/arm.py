"""Phase 2 of arming: the guest is changed, read back, and restarted where that was approved.

What was changed stays when the request is closed: it is put back when somebody has the guest disarmed, or at
once if arming fails half-way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.approved import approved_as
from bot.capture.changing import make
from bot.capture.disarmed import ARMED
from bot.capture.prepare import tell_vcenter
from bot.capture.tools import Tools, plan_of, still_fresh, target_of
from bot.core.change import ChangeState, Standing
from bot.core.entry import Event
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import Armed, RestartIntended, RestartRefused, RestartUnsure
from bot.core.plan import Restart
from bot.core.purpose import Purpose
from bot.core.request import Outcome, Request, State
from bot.core.witness import REBOOT_EVENTS, beats, is_back
from bot.store.commit import Step

RESTART = "restart"
REFUSED = f"{RESTART}/refused"


async def arm(tools: Tools, request: Request) -> None:
    """READY to ENDING. Raises ``VmdumpError`` if a value could not be set, or does not read back."""
    await approved_as(tools, request, Purpose.ARM)
    target, plan = target_of(request), plan_of(request)
    restarting = await tools.reader.find(request.id, RESTART) is not None
    if not restarting:
        still_fresh(tools, request)
    await tell_vcenter(tools, request, "vm", target.moid)
    for number, change in plan.numbered(()):
        await make(tools, request, number, change)
    if not restarting:
        # Otherwise an earlier run found them well, and the guest may be on its way down.
        await _read_back(tools, request)
    restart, back = plan.restart, None
    if restart is Restart.DONE:
        restart, back = await _restart(tools, request)
    debts = await tools.reader.debts(request.id, only_open=True)
    kept = tuple(d.model_copy(update={"kept": True}) for d in debts if d.state is ChangeState.MADE)
    armed = Armed(vm=target.name, changes=plan.guest, restart=restart, back_seconds=back)
    step = Step(events=(armed,), debts=kept, to=State.ENDING, set={"outcome": Outcome.ARMED})
    await tools.committer.commit(request.id, ARMED, lambda _: step)


async def _read_back(tools: Tools, request: Request) -> None:
    """What guards the guest may take a value back at once, and answer that it was set."""
    vcenter = tools.vcenter(target_of(request))
    for change in plan_of(request).guest:
        stand = await vcenter.stand(change)
        if stand.standing is not Standing.OURS:
            raise VmdumpError(
                Code.NOT_AS_SET, thing=change.label, vm=target_of(request).name, seen=stand.seen
            )


async def _restart(tools: Tools, request: Request) -> tuple[Restart, float | None]:
    """Asks the guest once to restart, and waits for it; seconds until it answers again.

    A guest that refused is left as it is: what is armed counts when somebody restarts it.
    """
    target = target_of(request)
    vcenter = tools.vcenter(target)
    intent = RestartIntended(vm=target.name, vcenter_at=await vcenter.clock())
    told = await tools.committer.commit(request.id, RESTART, lambda _: Step(events=(intent,)))
    entry = told.entries[0]
    if told.new:
        try:
            await vcenter.reboot_guest(target.moid)
        except OutcomeUnknown as error:
            unsure = RestartUnsure(vm=target.name, code=error.code, params=error.params)
            await _say(tools, request, f"{RESTART}/unsure", unsure)
        except VmdumpError as error:
            refused = RestartRefused(vm=target.name, code=error.code, params=error.params)
            await _say(tools, request, REFUSED, refused)
    if await tools.reader.find(request.id, REFUSED) is not None:
        return Restart.OWED, None
    event = entry.event
    since = event.vcenter_at if isinstance(event, RestartIntended) else entry.at
    return Restart.DONE, await _back(tools, request, entry.at, since)


async def _say(tools: Tools, request: Request, key: str, event: Event) -> None:
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,)))


async def _back(tools: Tools, request: Request, at: datetime, since: datetime) -> float | None:
    """None unless the guest is seen away, and then back in its time.

    The event is logged for the request to restart [documented], so it proves no restart. A guest that is up
    so long after it may have restarted while nobody looked: that is not claimed, and not waited for.
    """
    target = target_of(request)
    vcenter = tools.vcenter(target)
    end = at + timedelta(seconds=tools.times.dump)
    away, soon = False, end
    while True:
        now = tools.clock.now()
        try:
            signs = await vcenter.signs(target.moid)
            happened = {h.kind for h in await vcenter.happenings(target.moid, since)}
        except VmdumpError:
            # A vCenter that does not answer says nothing about the guest.
            pass
        else:
            away = away or not beats(signs)
            if away and is_back(signs):
                return (now - at).total_seconds()
            if happened & REBOOT_EVENTS:
                soon = min(soon, now + timedelta(seconds=tools.times.crash))
        if now >= (end if away else soon):
            return None
        await tools.pause(tools.times.poll)
