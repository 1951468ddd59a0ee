"""Phase 4: the host is closed again as soon as vmdumper's answer is read or given up."""

from __future__ import annotations

from bot.capture.tools import Tools, target_of
from bot.capture.undo import restore
from bot.core.change import ChangeState
from bot.core.events import Released
from bot.core.request import Request
from bot.store.commit import Step

OWED = frozenset({ChangeState.INTENDED, ChangeState.MADE, ChangeState.RESTORING})


async def release(tools: Tools, request: Request) -> None:
    """One attempt for each open change, last made first; what fails stays owed and is tried again."""
    debts = await tools.reader.debts(request.id, only_open=True)
    after = [await restore(tools, debt) for debt in reversed(debts) if debt.state in OWED]
    done = [d for d in after if d.state is ChangeState.RESTORED and d.made_at is not None]
    if not done or len(done) != len(after):
        return
    opened = min(d.made_at for d in done if d.made_at is not None)
    closed = max(d.restored_at for d in done if d.restored_at is not None)
    event = Released(
        host=target_of(request).host_name,
        labels=tuple(d.change.label for d in done),
        open_seconds=(closed - opened).total_seconds(),
    )
    await tools.committer.commit(request.id, "released", lambda _: Step(events=(event,)))
