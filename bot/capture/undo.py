"""Putting back what was changed: shared by the capture, the reconciler and the command line."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.disarmed import disarmed
from bot.capture.tools import Tools
from bot.core.change import OPEN, ChangeState, Stand, Standing
from bot.core.entry import Event
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import (
    ChangeRestored,
    ChangeSettled,
    RestoredAfterAll,
    RestoreFailed,
    RestoreIntended,
    RestoreOwed,
    TakenOver,
)
from bot.store.commit import Step
from bot.store.ledger import Debt

FIRST_PAUSE = 2.0
"""seconds before a failed restore is tried again; doubles with each attempt"""


async def restore(tools: Tools, debt: Debt) -> Debt:
    """Goes one step towards a settled debt and says how it stands then.

    Never raises for what the world answers: a failure is written into the debt, with the next try's time.
    """
    try:
        stand = await _read(tools, debt)
        if debt.state is ChangeState.RESTORED:
            return await _second_look(tools, debt, stand)
        return await _first_look(tools, debt, stand)
    except VmdumpError as error:
        return await _failed(tools, debt.model_copy(update={"attempts": debt.attempts + 1}), error)


def due_at(tools: Tools, debt: Debt) -> datetime:
    """When the next step may be taken; the second look comes when no lost call can still land."""
    if debt.state is ChangeState.RESTORED and debt.restored_at is not None:
        return max(
            debt.restored_at + timedelta(seconds=tools.times.longest_call), debt.due_at or debt.restored_at
        )
    return debt.due_at or debt.intended_at


async def _read(tools: Tools, debt: Debt) -> Stand:
    return await tools.vcenter_named(debt.change.vcenter).stand(debt.change)


async def _first_look(tools: Tools, debt: Debt, stand: Stand) -> Debt:
    if stand.standing is Standing.BEFORE:
        return await _restored(tools, debt)
    if stand.standing is Standing.OTHER:
        return await _taken_over(tools, debt, stand)
    attempt = debt.attempts + 1
    trying = debt.model_copy(update={"state": ChangeState.RESTORING, "attempts": attempt})
    intent = RestoreIntended(change_id=debt.change_id, change=debt.change, attempt=attempt)
    await _commit(tools, trying, f"{attempt}/intent", intent)
    try:
        await tools.vcenter_named(debt.change.vcenter).put_back(debt.change)
    except OutcomeUnknown:
        # Putting back what is back already does nothing, so the world decides what comes next.
        pass
    except VmdumpError as error:
        return await _failed(tools, trying, error)
    try:
        stand = await _read(tools, trying)
    except VmdumpError as error:
        return await _failed(tools, trying, error)
    if stand.standing is Standing.OURS:
        still = VmdumpError(Code.OUTCOME_UNKNOWN, call="putting it back", endpoint=debt.change.place)
        return await _failed(tools, trying, still)
    if stand.standing is Standing.OTHER:
        return await _taken_over(tools, trying, stand)
    return await _restored(tools, trying)


async def _second_look(tools: Tools, debt: Debt, stand: Stand) -> Debt:
    if tools.clock.now() < due_at(tools, debt):
        return debt
    if stand.standing is Standing.BEFORE:
        settled = debt.model_copy(update={"state": ChangeState.SETTLED, "due_at": None})
        event = ChangeSettled(change_id=debt.change_id, change=debt.change)
        await _commit(tools, settled, "settled", event)
        return settled
    if debt.made_at is not None or stand.standing is Standing.OTHER:
        # Our change was answered and undone: this one is somebody else's.
        return await _taken_over(tools, debt, stand)
    # The answer to our call was lost, and the call has landed late.
    return await _first_look(tools, debt.model_copy(update={"state": ChangeState.RESTORING}), stand)


async def _restored(tools: Tools, debt: Debt) -> Debt:
    restored = debt.model_copy(
        update={
            "state": ChangeState.RESTORED,
            "restored_at": tools.clock.now(),
            "due_at": None,
            "loud": False,
        }
    )
    events: tuple[Event, ...] = (ChangeRestored(change_id=debt.change_id, change=debt.change),)
    if debt.loud:
        late = RestoredAfterAll(change_id=debt.change_id, change=debt.change, attempts=debt.attempts)
        events = (*events, late)
    await _commit(tools, restored, f"{debt.attempts}/restored", *events)
    return restored


async def _taken_over(tools: Tools, debt: Debt, stand: Stand) -> Debt:
    left = debt.model_copy(update={"state": ChangeState.SETTLED, "due_at": None})
    event = TakenOver(change_id=debt.change_id, change=debt.change, seen=stand.seen)
    await _commit(tools, left, "taken-over", event)
    return left


async def _failed(tools: Tools, debt: Debt, error: VmdumpError) -> Debt:
    """Writes down that an attempt failed; people are told at the 3rd, 6th, 12th and so on."""
    tell = debt.attempts % 3 == 0 and (debt.attempts // 3).bit_count() == 1
    pause = min(FIRST_PAUSE * 2 ** min(debt.attempts, 16), tools.times.restore)
    failed = debt.model_copy(
        update={
            "due_at": tools.clock.now() + timedelta(seconds=pause),
            "loud": debt.loud or tell,
        }
    )
    event = RestoreFailed(
        change_id=debt.change_id,
        change=debt.change,
        attempt=debt.attempts,
        code=error.code,
        params=error.params,
    )
    events: tuple[Event, ...] = (event,)
    if tell:
        owed = RestoreOwed(**event.model_dump(), owed_since=debt.intended_at)
        events = (event, owed)
    await _commit(tools, failed, f"{debt.attempts}/failed", *events)
    return failed


async def _commit(tools: Tools, debt: Debt, name: str, *events: Event) -> None:
    others = [
        d for d in await tools.reader.debts(debt.request, only_open=True) if d.change_id != debt.change_id
    ]
    # The request's flag is quiet only when none of its debts fails any more.
    failing = any(d.loud for d in (*others, *([debt] if debt.state in OPEN else [])))
    told = (*events, *await disarmed(tools, debt, events))
    await tools.committer.commit(
        debt.request,
        f"restore/{debt.change_id}/{name}",
        lambda _: Step(events=told, debts=(debt,), set={"restore_failed": failing}),
    )
