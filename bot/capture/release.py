"""Phase 4: the host is closed again as soon as the answer to the NMI is read or given up."""

from __future__ import annotations

from bot.capture.tools import Tools, target_of
from bot.capture.undo import due_at, restore
from bot.core.change import ChangeState, ServiceChange
from bot.core.events import Released
from bot.core.request import Request
from bot.store.commit import Step
from bot.store.ledger import Debt

OWED = frozenset({ChangeState.INTENDED, ChangeState.MADE, ChangeState.RESTORING})
BACK = frozenset({ChangeState.RESTORED, ChangeState.SETTLED})
RELEASED = "released"


async def release(tools: Tools, request: Request, *, only_due: bool = False) -> None:
    """One attempt for each open change of the host, last made first; what fails stays owed."""
    for debt in reversed(await tools.reader.debts(request.id, only_open=True)):
        if not _of_host(debt):
            continue
        if debt.state in OWED and not (only_due and due_at(tools, debt) > tools.clock.now()):
            await restore(tools, debt)
    await say_released(tools, request)


async def wait(tools: Tools, request: Request) -> None:
    """A pause between two looks at the guest: a host that is still open does not wait for the guest."""
    await release(tools, request, only_due=True)
    await tools.pause(tools.times.poll)


async def say_released(tools: Tools, request: Request) -> None:
    """Once, when nothing is open any more; by the ledger, so that a restart in between does not lose it."""
    if await tools.reader.find(request.id, RELEASED) is not None:
        return
    every = await tools.reader.debts(request.id, only_open=False)
    debts = [d for d in every if _of_host(d)]
    # What somebody else took over was not stopped by us.
    done = [d for d in reversed(debts) if d.state in BACK and d.restored_at is not None]
    opened = [d.made_at for d in done if d.made_at is not None]
    closed = [d.restored_at for d in done if d.restored_at is not None]
    if not opened or any(d.state in OWED for d in debts):
        return
    ours = [d.change for d in done if d.made_at is not None]
    event = Released(
        host=target_of(request).host_name,
        labels=tuple(c.label for c in ours if isinstance(c, ServiceChange)),
        besides=tuple(c.label for c in ours if not isinstance(c, ServiceChange)),
        open_seconds=(max(closed) - min(opened)).total_seconds(),
    )
    await tools.committer.commit(request.id, RELEASED, lambda _: Step(events=(event,)))


def _of_host(debt: Debt) -> bool:
    """Whether it is the host that is open by it: the cluster's and the guest's are released by others."""
    return not (debt.change.held_for_guest or debt.change.in_guest)
