"""The undo ledger: what was changed, and whether it is as it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.change import OPEN, Change, ChangeState
from bot.core.value import Value
from bot.store.insert_once import insert_once
from bot.store.tables import ledger


class Debt(Value):
    """A row of the ledger."""

    change_id: str
    request: str
    change: Change
    state: ChangeState
    intended_at: datetime
    made_at: datetime | None = None
    restored_at: datetime | None = None
    """when it first read back right"""
    attempts: int = 0
    due_at: datetime | None = None
    """no attempt before this"""
    loud: bool = False
    """people were told that restoring fails"""
    kept: bool = False
    """a guest is armed by it until somebody has it disarmed: nobody puts it back until then"""

    @property
    def owed(self) -> bool:
        """Whether it is to be put back now."""
        return self.state in OPEN and not self.kept


class ThingTaken(Exception):
    """Another request has an open change of the same thing."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def write_debt(connection: Connection, debt: Debt) -> None:
    """Inserts or replaces the row. Raises ``ThingTaken``."""
    is_open = debt.state in OPEN
    if is_open:
        _refuse_taken(connection, debt)
    values = {
        "request": debt.request,
        "thing": debt.change.thing,
        "open": is_open,
        "body": debt.model_dump_json(),
    }
    updated = connection.execute(ledger.update().where(ledger.c.change_id == debt.change_id).values(**values))
    if updated.rowcount == 0 and not insert_once(
        connection, ledger.insert().values(change_id=debt.change_id, **values)
    ):
        # Somebody took it between our look and our insert.
        _refuse_taken(connection, debt)
        raise RuntimeError(f"{debt.change_id} is in nobody's way and cannot be written")


def _refuse_taken(connection: Connection, debt: Debt) -> None:
    holder = connection.execute(
        select(ledger.c.request).where(
            ledger.c.thing == debt.change.thing, ledger.c.open, ledger.c.change_id != debt.change_id
        )
    ).scalar()
    if holder is not None:
        raise ThingTaken(holder)


def read_debt(connection: Connection, change_id: str) -> Debt | None:
    body = connection.execute(select(ledger.c.body).where(ledger.c.change_id == change_id)).scalar()
    return None if body is None else Debt.model_validate_json(body)


def read_debts(connection: Connection, *, request: str | None = None, only_open: bool) -> tuple[Debt, ...]:
    query = select(ledger.c.body).order_by(ledger.c.change_id)
    if request is not None:
        query = query.where(ledger.c.request == request)
    if only_open:
        query = query.where(ledger.c.open)
    return tuple(Debt.model_validate_json(body) for body in connection.execute(query).scalars())
