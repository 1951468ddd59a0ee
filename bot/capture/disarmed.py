"""Saying that a guest is as it was before it was armed."""

from __future__ import annotations

from bot.capture.tools import Tools
from bot.core.change import ChangeState
from bot.core.events import Disarmed
from bot.store.commit import Step, always

BACK = frozenset({ChangeState.RESTORED, ChangeState.SETTLED})


async def say_disarmed(tools: Tools, request_id: str) -> None:
    """Once, when nothing of an armed guest is open any more."""
    debts = [d for d in await tools.reader.debts(request_id, only_open=False) if d.change.in_guest]
    if not debts or any(d.owed and d.state not in BACK for d in debts) or any(d.kept for d in debts):
        return
    changes = tuple(d.change for d in debts if d.state in BACK)
    event = Disarmed(vm=debts[0].change.place, changes=changes)
    await tools.committer.commit(request_id, "disarmed", always(Step(events=(event,))))
