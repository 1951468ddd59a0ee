"""Commits without end until it is killed: run by ``test_kill.py`` as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from bot.core.change import ChangeState
from bot.core.entry import Shows
from bot.core.events import Closed, Durations, RunStarted, VoteWithdrawn
from bot.core.request import Outcome, State
from bot.store.clock import SystemClock
from bot.store.commit import Committer, Step
from bot.store.database import Database
from tests.unit.core.things import ALICE, change, request
from tests.unit.store.kit import always, asked, debt

CLOSED = Closed(vm="x", outcome=Outcome.FAILED, changes=0, restored=0, durations=Durations())
PATH = (State.PLANNED, State.AWAITING, State.APPROVED, State.READY, State.PREPARING, State.ENDING)


async def commit(database: Database, start: int) -> None:
    committer = Committer(database, SystemClock())
    for number in count(start):
        new = request(id=f"VD-{number:04}", vm_key=f"vm-{number}")
        await committer.open(new, f"delivery/{number}", asked(new), actor=ALICE)
        for run, state in enumerate(PATH, start=1):
            owed = debt(of=new.id, state=ChangeState.INTENDED, change=change(service=new.id))
            events = (RunStarted(run=run), VoteWithdrawn(person=ALICE, count=run, quorum=9))
            assert [e.shows for e in events] == [Shows.RECORD, Shows.THREAD]
            step = Step(events=events, to=state, set={"run": run}, debts=(owed,) if run == 1 else ())
            await committer.commit(new.id, f"step/{run}", always(step))
            print(new.id, run, flush=True)
        if number % 2:
            paid = debt(of=new.id, state=ChangeState.SETTLED, change=change(service=new.id))
            end = Step(events=(CLOSED,), to=State.CLOSED, set={"outcome": Outcome.FAILED}, debts=(paid,))
            await committer.commit(new.id, "closed", always(end))


async def main() -> None:
    database = Database(f"sqlite:///{sys.argv[1]}/vmdump.db")
    await database.open()
    await commit(database, int(sys.argv[2]))


if __name__ == "__main__":
    asyncio.run(main())
