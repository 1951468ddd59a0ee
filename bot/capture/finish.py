"""The last phase, on every way out: everything is put back, then the record is closed."""

from __future__ import annotations

from datetime import datetime

from bot.capture.befalling import note_the_rest
from bot.capture.guarding import hold_guards, release_guards
from bot.capture.release import release, say_released
from bot.capture.tools import Tools, target_of
from bot.capture.undo import due_at, restore
from bot.core.change import ChangeState
from bot.core.entry import Entry
from bot.core.events import (
    Befell,
    ChangeMade,
    ChangeRestored,
    Closed,
    Durations,
    NmiIntended,
    NmiSent,
    NmiUnknown,
    TakenOver,
)
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step
from bot.store.ledger import Debt

PATIENCE = 6
"""further attempts to restore before the record is closed with the debt open; the reconciler goes on"""


async def finish(tools: Tools, request: Request) -> None:
    """VERIFIED or ENDING to CLOSED."""
    await release(tools, request)
    if request.outcome is Outcome.UNKNOWN:
        await hold_guards(tools, request)
    await release_guards(tools, request)
    await _settle(tools, request)
    await say_released(tools, request)
    await release_guards(tools, request, only_due=True)
    await note_the_rest(tools, request)
    debts = await tools.reader.debts(request.id, only_open=False)
    made = [d for d in debts if d.state is not ChangeState.NEVER_MADE]
    entries = await tools.reader.journal(request.id)
    taken_over = sum(entry.kind == TakenOver.kind for entry in entries)
    event = Closed(
        vm=target_of(request).name,
        outcome=request.outcome or Outcome.UNKNOWN,
        changes=len(made),
        restored=sum(d.state is ChangeState.SETTLED for d in made) - taken_over,
        taken_over=taken_over,
        kept=sum(d.kept for d in made),
        durations=durations(entries, request.approved_at),
        befell=tuple(dict.fromkeys(e.data["what"] for e in entries if e.kind == Befell.kind)),
    )
    step = Step(events=(event,), to=State.CLOSED, set={"outcome": event.outcome})
    await tools.committer.commit(request.id, "closed", lambda _: step)


async def _settle(tools: Tools, request: Request) -> None:
    patience: dict[str, int] = {}
    while True:
        # More may come to be owed: a guest that was just armed can be disarmed at any time.
        owed = await _owed(tools, request)
        debts = [d for d in owed if d.attempts < patience.setdefault(d.change_id, d.attempts + PATIENCE)]
        if not debts:
            return
        for debt in debts:
            await tools.pause(max(0.0, (due_at(tools, debt) - tools.clock.now()).total_seconds()))
            await restore(tools, debt)


async def _owed(tools: Tools, request: Request) -> list[Debt]:
    return [debt for debt in await tools.reader.debts(request.id, only_open=True) if debt.owed]


def durations(entries: tuple[Entry, ...], approved: datetime | None) -> Durations:
    """How long each part took, from the times of the entries."""
    at = {entry.key: entry.at for entry in entries}
    kinds = {entry.kind: entry.at for entry in entries}
    # Sent when the answer came; where none came, at the latest when it was decided.
    nmi = kinds.get(NmiSent.kind) or (kinds.get(NmiIntended.kind) if NmiUnknown.kind in kinds else None)
    ssh = [
        (entry.key, entry.at)
        for entry in entries
        if entry.kind in {ChangeMade.kind, ChangeRestored.kind}
        and entry.data["change"].get("service") == "TSM-SSH"
    ]

    def between(first: datetime | None, last: datetime | None) -> float | None:
        return None if first is None or last is None else (last - first).total_seconds()

    return Durations(
        approval_to_nmi=between(approved, nmi),
        ssh_open=between(ssh[0][1], ssh[-1][1]) if len(ssh) > 1 else None,
        dump=between(at.get("crash"), at.get("dumped")),
        reboot=between(at.get("dumped"), at.get("rebooted")),
        down=between(nmi, at.get("rebooted")),
    )
