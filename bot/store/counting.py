"""What there is to count: entries that were not counted yet, what is owed, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from bot.core.value import Value
from bot.store.journal import read_entry
from bot.store.ledger import read_debts
from bot.store.outbox import PostState
from bot.store.tables import entries, inbox, journals, outbox, requests


class StoredEntry(NamedTuple):
    journal: str
    seq: int
    body: str


class Waiting(Value):
    """How things stand now."""

    living: dict[str, int]
    """requests that are not closed, by state"""
    debts: int
    """changes that are not proved undone"""
    failing: int
    """those of them that could not be undone several times"""
    oldest_debt: datetime | None
    posts: int
    """entries that are still to be posted"""
    oldest_post: datetime | None
    given_up: int
    """entries that the chat refused for good"""
    deliveries: int
    """from the chat, not dealt with yet"""
    oldest_delivery: datetime | None


def entries_after(
    connection: Connection, counted: Mapping[str, int], *, limit: int
) -> tuple[StoredEntry, ...]:
    """At most ``limit`` entries that come after those counted, the last number of each journal is given.

    Each journal in order, so that what is found can be counted and asked from there again.
    """
    found: list[StoredEntry] = []
    for journal, end in connection.execute(select(journals.c.id, journals.c.seq)).all():
        known = counted.get(journal, 0)
        if end <= known:
            continue
        newer = select(entries.c.journal, entries.c.seq, entries.c.body).where(
            entries.c.journal == journal, entries.c.seq > known
        )
        rows = connection.execute(newer.order_by(entries.c.seq).limit(limit - len(found)))
        found += [StoredEntry(*row) for row in rows]
        if len(found) >= limit:
            break
    return tuple(found)


def waiting(connection: Connection) -> Waiting:
    states = connection.execute(
        select(requests.c.state, func.count().label("number"))
        .where(requests.c.living)
        .group_by(requests.c.state)
    )
    debts = [debt for debt in read_debts(connection, only_open=True) if debt.owed]
    posts = {
        row.state: row
        for row in connection.execute(
            select(outbox.c.state, func.count().label("number"), func.min(outbox.c.id).label("first"))
            .where(outbox.c.state != PostState.SENT.value)
            .group_by(outbox.c.state)
        )
    }
    unsent = [posts[state.value] for state in (PostState.PENDING, PostState.SENDING) if state.value in posts]
    given_up = posts.get(PostState.GIVEN_UP.value)
    undone = connection.execute(
        select(func.count(), func.min(inbox.c.received_at)).where(~inbox.c.done)
    ).one()
    return Waiting(
        living={row.state: row.number for row in states},
        debts=len(debts),
        failing=sum(debt.loud for debt in debts),
        oldest_debt=min((debt.intended_at for debt in debts), default=None),
        posts=sum(row.number for row in unsent),
        oldest_post=_written_at(connection, min(row.first for row in unsent)) if unsent else None,
        given_up=0 if given_up is None else given_up.number,
        deliveries=undone[0],
        oldest_delivery=None if undone[1] is None else datetime.fromtimestamp(undone[1], UTC),
    )


def _written_at(connection: Connection, post: int) -> datetime:
    """When the entry of a post was written."""
    row = connection.execute(select(outbox.c.journal, outbox.c.seq).where(outbox.c.id == post)).one()
    return read_entry(connection, row.journal, row.seq).at


def touch(connection: Connection) -> None:
    """Writes what is there already, through to the disk: raises if nothing can be written any more."""
    first = select(func.min(journals.c.id)).scalar_subquery()
    connection.execute(journals.update().values(seq=journals.c.seq).where(journals.c.id == first))
