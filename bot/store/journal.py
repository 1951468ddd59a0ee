"""Appending to a hash-chained journal, and reading it."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, select

from bot.core.entry import GENESIS, SITE, Entry, Event, chain, first_fault
from bot.store.insert_once import insert_once
from bot.store.tables import entries, journals


def lock_journal(connection: Connection, journal: str) -> tuple[int, str]:
    """Sequence number and hash of the journal's last entry; nobody else appends until the commit."""
    query = select(journals).where(journals.c.id == journal).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        if insert_once(connection, journals.insert().values(id=journal, seq=0, head=GENESIS)):
            return 0, GENESIS
        row = connection.execute(query).one()
    return row.seq, row.head


def append(
    connection: Connection, journal: str, events: list[tuple[str, Event]], *, at: datetime, actor: str
) -> tuple[Entry, ...]:
    """Adds events with their keys; the journal is locked already or is locked here."""
    seq, head = lock_journal(connection, journal)
    added = []
    for key, event in events:
        seq += 1
        entry = chain(journal, seq, head, key=key, at=at, actor=actor, event=event)
        head = entry.hash
        connection.execute(
            entries.insert().values(journal=journal, seq=seq, key=key, body=entry.model_dump_json())
        )
        added.append(entry)
    connection.execute(journals.update().where(journals.c.id == journal).values(seq=seq, head=head))
    return tuple(added)


def find_key(connection: Connection, journal: str, key: str) -> Entry | None:
    body = connection.execute(
        select(entries.c.body).where(entries.c.journal == journal, entries.c.key == key)
    ).scalar()
    return None if body is None else Entry.model_validate_json(body)


def read_journal(connection: Connection, journal: str) -> tuple[Entry, ...]:
    """All entries in order, as stored: read ``journal_fault`` before believing them."""
    bodies = connection.execute(
        select(entries.c.body).where(entries.c.journal == journal).order_by(entries.c.seq)
    ).scalars()
    return tuple(Entry.model_validate_json(body) for body in bodies)


def read_under(connection: Connection, journal: str, prefix: str) -> tuple[Entry, ...]:
    """The entries whose keys begin so, in order, as stored."""
    bodies = connection.execute(
        select(entries.c.body)
        .where(entries.c.journal == journal, entries.c.key.startswith(prefix, autoescape=True))
        .order_by(entries.c.seq)
    ).scalars()
    return tuple(Entry.model_validate_json(body) for body in bodies)


def newest_under(connection: Connection, journal: str, prefix: str) -> Entry | None:
    """The last of them."""
    body = connection.execute(
        select(entries.c.body)
        .where(entries.c.journal == journal, entries.c.key.startswith(prefix, autoescape=True))
        .order_by(entries.c.seq.desc())
        .limit(1)
    ).scalar()
    return None if body is None else Entry.model_validate_json(body)


def read_entry(connection: Connection, journal: str, seq: int) -> Entry:
    body = connection.execute(
        select(entries.c.body).where(entries.c.journal == journal, entries.c.seq == seq)
    ).scalar_one()
    return Entry.model_validate_json(body)


def journal_fault(connection: Connection, journal: str) -> str | None:
    """Why the journal cannot be believed, or None."""
    found: list[Entry] = []
    rows = connection.execute(select(entries).where(entries.c.journal == journal).order_by(entries.c.seq))
    for place, row in enumerate(rows, start=1):
        try:
            entry = Entry.model_validate_json(row.body)
        except ValidationError:
            return f"entry {place} cannot be read"
        # The columns are what is searched; the hash covers the body alone.
        if (entry.journal, entry.seq, entry.key) != (row.journal, row.seq, row.key):
            return f"entry {place} is not stored as what it is"
        found.append(entry)
    return first_fault(tuple(found)) or _end_fault(connection, journal, found)


def _end_fault(connection: Connection, journal: str, found: list[Entry]) -> str | None:
    row = connection.execute(select(journals).where(journals.c.id == journal)).one_or_none()
    if row is None:
        # The site has one from the start, even before its first entry.
        return None if journal == SITE and not found else "there is no journal of that name"
    if row.seq != len(found):
        return f"the journal ends at entry {len(found)}, but {row.seq} were written"
    if row.head != (found[-1].hash if found else GENESIS):
        return f"entry {row.seq} is not the last one that was written"
    return None
