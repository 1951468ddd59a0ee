"""Entries on their way to the chat."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from bot.core.entry import Entry
from bot.core.value import Value
from bot.store.tables import outbox


class PostState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    """a call may have gone out: after a crash the chat is searched before it is posted again"""
    SENT = "sent"
    GIVEN_UP = "given up"


class Address(Value):
    """Where an entry is shown."""

    channel: str
    person: str | None = None
    """set for an entry that only one person sees"""
    response_url: str | None = None
    """the way to a person in a channel that the bot is not in; good for 30 minutes"""
    copy_of: str | None = None
    """for the auditors' channel: where the entry itself is shown; empty where that is nowhere"""


class Post(Value):
    id: int
    journal: str
    seq: int
    state: PostState
    address: Address
    message: str | None
    tries: int
    due_at: float


def enqueue(connection: Connection, entry: Entry, address: Address, at: datetime) -> None:
    connection.execute(
        outbox.insert().values(
            journal=entry.journal,
            seq=entry.seq,
            state=PostState.PENDING.value,
            address=address.model_dump_json(),
            tries=0,
            due_at=at.timestamp(),
        )
    )


def unsent(connection: Connection) -> tuple[Post, ...]:
    """What is still to be posted, in order."""
    rows = connection.execute(
        select(outbox)
        .where(outbox.c.state.in_([PostState.PENDING.value, PostState.SENDING.value]))
        .order_by(outbox.c.id)
    )
    return tuple(
        Post.model_validate({**row._mapping, "address": Address.model_validate_json(row.address)})  # noqa: SLF001  # SQLAlchemy's public name for it
        for row in rows
    )


def posts_of(connection: Connection, journal: str) -> dict[int, str]:
    """For each posted entry of a journal, the ts of its message in the thread."""
    rows = connection.execute(
        select(outbox.c.seq, outbox.c.message, outbox.c.address).where(
            outbox.c.journal == journal, outbox.c.state == PostState.SENT.value
        )
    )
    return {
        row.seq: row.message
        for row in rows
        if row.message is not None and Address.model_validate_json(row.address).copy_of is None
    }


def mark(
    connection: Connection,
    post: Post,
    state: PostState,
    *,
    message: str | None = None,
    due_at: float | None = None,
    tried: bool = False,
) -> None:
    """Moves a post; ``tried`` counts an attempt that failed."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == post.id)
        .values(
            state=state.value,
            message=message,
            tries=post.tries + (1 if tried else 0),
            due_at=post.due_at if due_at is None else due_at,
        )
    )
