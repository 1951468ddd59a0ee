"""Putting back what was changed: shared by the capture, the reconciler and the command line."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.tools import Tools
from bot.core.change import OPEN, ChangeState
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
from bot.core.target import Service
from bot.store.commit import Step
from bot.store.ledger import Debt

FIRST_PAUSE = 2.0
"""seconds before a failed restore is tried again; doubles with each attempt"""


async def restore(tools: Tools, debt: Debt) -> Debt:
    """Goes one step towards a settled debt and says how it stands then.

    Never raises for what the world answers: a failure is written into the debt, with the next try's time.
    """
    try:
        service = await _read(tools, debt)
        if debt.state is ChangeState.RESTORED:
            return await _second_look(tools, debt, service)
        return await _first_look(tools, debt, service)
    except VmdumpError as error:
        return await _failed(tools, debt.model_copy(update={"attempts": debt.attempts + 1}), error)


def due_at(tools: Tools, debt: Debt) -> datetime:
    """When the next step may be taken; the second look comes when no lost call can still land."""
    if debt.state is ChangeState.RESTORED and debt.restored_at is not None:
        return max(
            debt.restored_at + timedelta(seconds=tools.times.longest_call), debt.due_at or debt.restored_at
        )
    return debt.due_at or debt.intended_at


async def _read(tools: Tools, debt: Debt) -> Service:
    vcenter = tools.vcenters.get(debt.change.vcenter)
    if vcenter is None:
        raise VmdumpError(
            Code.VCENTER_UNREACHABLE,
            endpoint=debt.change.vcenter,
            address="no address",
            cause="not in the settings any more",
        )
    service = (await vcenter.host(debt.change.host_moid)).service(debt.change.service)
    if service is None:
        raise VmdumpError(Code.SERVICE_MISSING, service=debt.change.service, host=debt.change.host_name)
    return service


async def _first_look(tools: Tools, debt: Debt, service: Service) -> Debt:
    if not service.running:
        return await _restored(tools, debt)
    if service.policy != debt.change.former_policy:
        return await _taken_over(tools, debt, service)
    attempt = debt.attempts + 1
    trying = debt.model_copy(update={"state": ChangeState.RESTORING, "attempts": attempt})
    intent = RestoreIntended(change_id=debt.change_id, change=debt.change, attempt=attempt)
    await _commit(tools, trying, f"{attempt}/intent", intent)
    try:
        await tools.vcenters[debt.change.vcenter].stop_service(debt.change.host_moid, debt.change.service)
    except OutcomeUnknown:
        # Stopping what is stopped already does nothing, so the world decides what comes next.
        pass
    except VmdumpError as error:
        return await _failed(tools, trying, error)
    try:
        service = await _read(tools, trying)
    except VmdumpError as error:
        return await _failed(tools, trying, error)
    if service.running:
        still = VmdumpError(Code.OUTCOME_UNKNOWN, call="stopping it", endpoint=debt.change.host_name)
        return await _failed(tools, trying, still)
    return await _restored(tools, trying)


async def _second_look(tools: Tools, debt: Debt, service: Service) -> Debt:
    if tools.clock.now() < due_at(tools, debt):
        return debt
    if not service.running:
        settled = debt.model_copy(update={"state": ChangeState.SETTLED, "due_at": None})
        event = ChangeSettled(change_id=debt.change_id, change=debt.change)
        await _commit(tools, settled, "settled", event)
        return settled
    if debt.made_at is not None:
        # Our start was answered and undone: this one is somebody else's.
        return await _taken_over(tools, debt, service)
    # The answer to our start was lost, and the start has landed late.
    return await _first_look(tools, debt.model_copy(update={"state": ChangeState.RESTORING}), service)


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


async def _taken_over(tools: Tools, debt: Debt, service: Service) -> Debt:
    left = debt.model_copy(update={"state": ChangeState.SETTLED, "due_at": None})
    seen = f"{'running' if service.running else 'stopped'}, policy {service.policy}"
    event = TakenOver(change_id=debt.change_id, change=debt.change, seen=seen)
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
    await tools.committer.commit(
        debt.request,
        f"restore/{debt.change_id}/{name}",
        lambda _: Step(events=events, debts=(debt,), set={"restore_failed": failing}),
    )
