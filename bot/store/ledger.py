"""The undo ledger: what was changed, and whether it is as it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.core.change import OPEN, ChangeState, ServiceChange
from bot.core.value import Value
from bot.store.tables import ledger


class Debt(Value):
    """A row of the ledger."""

    change_id: str
    request: str
    change: ServiceChange
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


class ThingTaken(Exception):
    """Another request has an open change of the same thing."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def write_debt(connection: Connection, debt: Debt) -> None:
    """Inserts or replaces the row. Raises ``ThingTaken``."""
    is_open = debt.state in OPEN
    if is_open:
        holder = connection.execute(
            select(ledger.c.request).where(
                ledger.c.thing == debt.change.thing, ledger.c.open, ledger.c.change_id != debt.change_id
            )
        ).scalar()
        if holder is not None:
            raise ThingTaken(holder)
    values = {
        "request": debt.request,
        "thing": debt.change.thing,
        "open": is_open,
        "body": debt.model_dump_json(),
    }
    updated = connection.execute(ledger.update().where(ledger.c.change_id == debt.change_id).values(**values))
    if updated.rowcount == 0:
        connection.execute(ledger.insert().values(change_id=debt.change_id, **values))


def read_debts(connection: Connection, *, request: str | None = None, only_open: bool) -> tuple[Debt, ...]:
    query = select(ledger.c.body).order_by(ledger.c.change_id)
    if request is not None:
        query = query.where(ledger.c.request == request)
    if only_open:
        query = query.where(ledger.c.open)
    return tuple(Debt.model_validate_json(body) for body in connection.execute(query).scalars())
