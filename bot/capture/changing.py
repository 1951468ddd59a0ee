"""Making the changes of a plan, each written to the undo ledger before it is made."""

from __future__ import annotations

from datetime import timedelta

from bot.capture.ports import VCenter
from bot.capture.tools import Tools
from bot.core.change import Change, ChangeState, Standing
from bot.core.entry import Event
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import ChangeIntended, ChangeMade, ChangeNeverMade, WaitingForHost
from bot.core.request import Request
from bot.store.commit import Step, always
from bot.store.ledger import Debt, ThingTaken


async def make(tools: Tools, request: Request, number: int, change: Change) -> None:
    """Makes one change, or finds that an earlier run made it. Raises ``VmdumpError`` if it is not made."""
    change_id = f"{request.id}/{number}"
    debts = {d.change_id: d for d in await tools.reader.debts(request.id, only_open=False)}
    debt = debts.get(change_id)
    if debt is not None and debt.state is ChangeState.MADE:
        return
    if debt is not None and debt.state is not ChangeState.INTENDED:
        # It was refused to an earlier run, or was put back by hand: whatever stands now is not ours.
        raise VmdumpError(Code.CHANGED_MEANWHILE, thing=change.label, host=change.place)
    new = False
    if debt is None:
        debt, new = await _intend(tools, request, change_id, change)
    if new:
        await _do(tools, debt)
    else:
        # Another run wrote the intent: the call may have gone out, so it is not repeated.
        await _look(tools, debt)
    made = debt.model_copy(update={"state": ChangeState.MADE, "made_at": tools.clock.now()})
    event = ChangeMade(change_id=change_id, change=change)
    await tools.committer.commit(
        request.id, f"change/{change_id}/made", lambda _: Step(events=(event,), debts=(made,))
    )


async def _do(tools: Tools, debt: Debt) -> None:
    """The one call, unless somebody changed the thing since the plan was read: they would lose it."""
    change = debt.change
    vcenter = tools.vcenter_named(change.vcenter)
    try:
        await _untouched(vcenter, change)
        await vcenter.make(change)
    except OutcomeUnknown:
        await _look(tools, debt)
    except VmdumpError:
        await _never_made(tools, debt)
        raise


async def _untouched(vcenter: VCenter, change: Change) -> None:
    if (await vcenter.stand(change)).standing is not Standing.BEFORE:
        raise VmdumpError(Code.CHANGED_MEANWHILE, thing=change.label, host=change.place)


async def _intend(tools: Tools, request: Request, change_id: str, change: Change) -> tuple[Debt, bool]:
    """The row of the ledger, and whether it is this run's."""
    began = tools.clock.now()
    while True:
        debt = Debt(
            change_id=change_id,
            request=request.id,
            change=change,
            state=ChangeState.INTENDED,
            intended_at=tools.clock.now(),
        )
        event = ChangeIntended(change_id=change_id, change=change)
        step = Step(events=(event,), debts=(debt,))
        try:
            done = await tools.committer.commit(request.id, f"change/{change_id}/intent", always(step))
        except ThingTaken as taken:
            if tools.clock.now() - began > timedelta(seconds=tools.times.host):
                raise VmdumpError(
                    Code.HOST_BUSY, thing=change.label, host=change.place, request=taken.holder
                ) from taken
            waiting = WaitingForHost(host=change.place, label=change.label, holder=taken.holder)
            await _say(tools, request, f"change/{change_id}/wait/{taken.holder}", waiting)
            await tools.pause(tools.times.poll)
        else:
            return debt, done.new


async def _say(tools: Tools, request: Request, key: str, event: Event) -> None:
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,)))


async def _look(tools: Tools, debt: Debt) -> None:
    """Waits until the world shows the change; raises ``VmdumpError`` when that takes too long."""
    end = debt.intended_at + timedelta(seconds=tools.times.longest_call)
    vcenter = tools.vcenter_named(debt.change.vcenter)
    while True:
        if (await vcenter.stand(debt.change)).standing is Standing.OURS:
            return
        if tools.clock.now() >= end:
            # Still owed: a change that lands after all is found by the second look of the undoing.
            raise VmdumpError(
                Code.OUTCOME_UNKNOWN, call=f"changing {debt.change.label}", endpoint=debt.change.place
            )
        await tools.pause(min(tools.times.poll, 1.0))


async def _never_made(tools: Tools, debt: Debt) -> None:
    gone = debt.model_copy(update={"state": ChangeState.NEVER_MADE})
    event = ChangeNeverMade(change_id=debt.change_id, change=debt.change)
    await tools.committer.commit(
        debt.request, f"change/{debt.change_id}/never", lambda _: Step(events=(event,), debts=(gone,))
    )
