"""Saying that a guest is as it was before it was armed."""

from __future__ import annotations

from bot.capture.tools import Tools
from bot.core.change import OPEN, ChangeState
from bot.core.entry import Event
from bot.core.events import Disarmed, TakenOver
from bot.store.ledger import Debt

ARMED = "armed"
DISARM = "disarm"
"""business keys: a request arms once, and is disarmed once"""
BACK = frozenset({ChangeState.RESTORED, ChangeState.SETTLED})


async def disarmed(tools: Tools, debt: Debt, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """What is said besides ``events``, in the transaction after which nothing of an armed guest is changed.

    ``debt`` is as that transaction leaves it. Arming that failed is put back too, and was never armed.
    """
    if not debt.change.in_guest or debt.state not in BACK:
        return ()
    if await tools.reader.find(debt.request, DISARM) is None:
        return ()
    before = {d.change_id: d for d in await tools.reader.debts(debt.request, only_open=False)}
    if before[debt.change_id].state in BACK:
        # A second look, at what was back already.
        return ()
    now = [d for d in (before | {debt.change_id: debt}).values() if d.change.in_guest]
    if any(d.state in OPEN and d.state not in BACK for d in now):
        return ()
    told = (*(e.event for e in await tools.reader.journal(debt.request)), *events)
    left = {event.change_id for event in told if isinstance(event, TakenOver)}
    changes = tuple(d.change for d in now if d.state in BACK and d.change_id not in left)
    return (Disarmed(vm=debt.change.place, changes=changes),)
