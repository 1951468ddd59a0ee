"""Going back to a backup: what was under way is ended as unknown, and only undoing goes on."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, text

from bot.core.change import ChangeState
from bot.core.errors import Code, VmdumpError
from bot.core.events import Closed, DatabaseRestored, Durations, RestoredFromBackup
from bot.core.request import FOLLOWERS, Outcome, Request, State
from bot.core.value import Value
from bot.store.backup import Kept, count, describe, opened, pour
from bot.store.commit import Step, always, apply, note
from bot.store.database import Database
from bot.store.engines import take_time
from bot.store.journal import journal_fault
from bot.store.ledger import Debt, ThingTaken, read_debt, read_debts, write_debt
from bot.store.outbox import PostState
from bot.store.tables import inbox, journals, metadata, outbox, requests

MAY_HAVE_CHANGED = frozenset({State.APPROVED, State.READY, State.PREPARING})
"""the changes of these were next: after the backup they may have been made"""


class Restored(Value):
    kept: Kept
    ended: tuple[str, ...]
    """requests that were living in the backup, and are closed as unknown now"""
    owed: tuple[Debt, ...]
    faults: tuple[str, ...]
    """journals that the backup already held broken, which are restored as they are"""


async def restore_from(database: Database, file: Path, *, replace: bool, at: datetime) -> Restored:
    """In one transaction, so that it is done or nothing is; for the process that holds the lock.

    Raises ``VmdumpError``: ``BACKUP``, ``DATABASE_IN_USE`` without ``replace``, ``DATABASE_OWES``, and
    ``DATABASE_NEWER`` for a backup of a newer version.
    """

    def work(connection: Connection) -> Restored:
        take_time(connection)
        with opened(file) as backup:
            _make_room(connection, database.place, replace=replace)
            pour(backup, connection)
            kept = describe(backup)
        _go_on_counting(connection)
        faults = tuple(_faults(connection))
        ended = _set_back(connection, kept.taken_at, at)
        owed = tuple(debt for debt in read_debts(connection, only_open=True) if debt.owed)
        return Restored(kept=kept, ended=ended, owed=owed, faults=faults)

    return await database.write(work)


def _make_room(connection: Connection, place: str, *, replace: bool) -> None:
    there = sum(count(connection, table) for table in (requests, journals, inbox, outbox))
    if there and not replace:
        raise VmdumpError(Code.DATABASE_IN_USE, place=place, requests=count(connection, requests))
    owed = read_debts(connection, only_open=True)
    if owed:
        raise VmdumpError(Code.DATABASE_OWES, owed=len(owed), request=owed[0].request)
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))


def _go_on_counting(connection: Connection) -> None:
    """PostgreSQL's own counter of rows knows nothing of those that bring their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in (inbox, outbox):
        last = connection.execute(select(func.max(table.c.id))).scalar()
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last, :used)"),
            {"name": table.name, "last": last or 1, "used": last is not None},
        )


def _faults(connection: Connection) -> list[str]:
    names = connection.execute(select(journals.c.id).order_by(journals.c.id)).scalars().all()
    found = ((name, journal_fault(connection, name)) for name in names)
    return [f"journal {name}: {fault}" for name, fault in found if fault is not None]


def _set_back(connection: Connection, taken_at: datetime, at: datetime) -> tuple[str, ...]:
    """Nothing that was under way is taken up again; gives the requests that are ended."""
    unsent = outbox.c.state.in_([PostState.PENDING.value, PostState.SENDING.value])
    posts = connection.execute(outbox.update().where(unsent).values(state=PostState.GIVEN_UP.value)).rowcount
    undone = inbox.update().where(~inbox.c.done).values(done=True, body="{}")
    deliveries = connection.execute(undone).rowcount
    bodies = connection.execute(select(requests.c.body).where(requests.c.living).order_by(requests.c.id))
    living = [Request.model_validate_json(body) for body in bodies.scalars()]
    for request in living:
        _end(connection, request, taken_at, at)
    ended = tuple(request.id for request in living)
    told = DatabaseRestored(backup_of=taken_at, ended=ended, posts=posts, deliveries=deliveries)
    note(connection, f"restored/{at.isoformat()}", told, at=at)
    return ended


def _end(connection: Connection, request: Request, taken_at: datetime, at: datetime) -> None:
    if request.state in MAY_HAVE_CHANGED:
        _presume(connection, request, at)
    debts = read_debts(connection, request=request.id, only_open=False)
    told = RestoredFromBackup(
        backup_of=taken_at,
        state=request.state.value,
        owed=tuple(debt.change for debt in debts if debt.owed),
    )
    closed = Closed(
        vm=request.vm_name,
        outcome=Outcome.UNKNOWN,
        changes=sum(debt.state is not ChangeState.NEVER_MADE for debt in debts),
        restored=sum(debt.state is ChangeState.SETTLED for debt in debts),
        kept=sum(debt.kept for debt in debts),
        durations=Durations(),
        restored_from=taken_at,
    )
    ways: tuple[State, ...] = (State.CLOSED,)
    if State.CLOSED not in FOLLOWERS[request.state]:
        ways = (State.ENDING, State.CLOSED)
    for number, state in enumerate(ways, start=1):
        step = Step(
            events=(*((told,) if number == 1 else ()), *((closed,) if state is State.CLOSED else ())),
            to=state,
            set={"outcome": Outcome.UNKNOWN},
            # Without a plan in the channel there is no thread to tell it to.
            quiet=request.state is State.ASKED,
        )
        apply(connection, request.id, f"restored/{at.isoformat()}/{number}", always(step), at=at)


def _presume(connection: Connection, request: Request, at: datetime) -> None:
    """What the approved plan would have changed next is owed, unless somebody owes it already.

    The reconciler looks before it touches: what was never changed is found as it was.
    """
    for number, change in enumerate(request.plan.changes if request.plan else (), start=1):
        debt = Debt(
            change_id=f"{request.id}/{number}",
            request=request.id,
            change=change,
            state=ChangeState.INTENDED,
            intended_at=at,
        )
        if read_debt(connection, debt.change_id) is None:
            with contextlib.suppress(ThingTaken):
                write_debt(connection, debt)
