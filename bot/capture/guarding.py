"""Giving the guest back to the cluster: when it is proved up, or when a person says so."""

from __future__ import annotations

from bot.capture.guards import LET_GO
from bot.capture.tools import Tools, plan_of, target_of
from bot.capture.undo import due_at, restore
from bot.core.change import OPEN
from bot.core.errors import VmdumpError
from bot.core.events import GuardsHeld, GuardsReleased
from bot.core.request import Request
from bot.core.witness import is_back
from bot.store.commit import Step, always
from bot.store.ledger import Debt

RELEASED = "guards/released"
HELD = "guards/held"


async def release_guards(tools: Tools, request: Request, *, only_due: bool = False) -> None:
    """One attempt for each guard that is still owed; the guest is up, or was never crashed."""
    for debt in reversed(await _guards(tools, request)):
        if debt.state in OPEN and not (only_due and due_at(tools, debt) > tools.clock.now()):
            await restore(tools, debt)
    await _say_released(tools, request)


async def hold_guards(tools: Tools, request: Request) -> None:
    """Returns when the guest answers again or a person lets it go; nobody can tell how long that takes.

    A guest that may still be writing its dump, and has no heartbeat, is what HA resets.
    """
    while True:
        held = [debt for debt in await _guards(tools, request) if debt.state in OPEN]
        if not held or await tools.reader.find(request.id, LET_GO) is not None or await _up(tools, request):
            return
        event = GuardsHeld(vm=target_of(request).name, labels=tuple(d.change.label for d in held))
        await tools.committer.commit(request.id, HELD, always(Step(events=(event,))))
        await tools.pause(max(tools.times.poll, 1.0))


async def _up(tools: Tools, request: Request) -> bool:
    target = target_of(request)
    try:
        return is_back(await tools.vcenter(target).signs(target.moid))
    except VmdumpError:
        return False


async def _guards(tools: Tools, request: Request) -> tuple[Debt, ...]:
    if not plan_of(request).guards:
        return ()
    debts = await tools.reader.debts(request.id, only_open=False)
    return tuple(debt for debt in debts if debt.change.held_for_guest)


async def _say_released(tools: Tools, request: Request) -> None:
    debts = await _guards(tools, request)
    back = [debt for debt in debts if debt.restored_at is not None]
    if not back or any(debt.state in OPEN and debt.restored_at is None for debt in debts):
        return
    event = GuardsReleased(vm=target_of(request).name, labels=tuple(d.change.label for d in back))
    await tools.committer.commit(request.id, RELEASED, lambda _: Step(events=(event,)))
