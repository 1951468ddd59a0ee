"""Deliveries from the chat, written down before they are acknowledged."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.core.value import Value
from bot.store.insert_once import insert_once
from bot.store.tables import inbox


class Delivery(Value):
    id: int
    key: str
    """event id, or the hash of the body where the chat gives none"""
    kind: str
    """``command``, ``event`` or ``interaction``"""
    body: dict[str, Any]
    received_at: float
    """seconds since 1970"""
    tries: int


def receive(connection: Connection, key: str, kind: str, body: dict[str, Any], at: datetime) -> bool:
    """Whether the delivery is new; one that is known already changes nothing."""
    if connection.execute(select(inbox.c.id).where(inbox.c.key == key)).scalar() is not None:
        return False
    row = inbox.insert().values(
        key=key,
        kind=kind,
        body=json.dumps(body, ensure_ascii=False),
        received_at=at.timestamp(),
        due_at=at.timestamp(),
        tries=0,
        done=False,
    )
    return insert_once(connection, row)


def undone(connection: Connection, at: datetime) -> tuple[Delivery, ...]:
    """What is due, in order of arrival."""
    rows = connection.execute(
        select(inbox).where(~inbox.c.done, inbox.c.due_at <= at.timestamp()).order_by(inbox.c.id)
    )
    return tuple(
        Delivery(
            id=row.id,
            key=row.key,
            kind=row.kind,
            body=json.loads(row.body),
            received_at=row.received_at,
            tries=row.tries,
        )
        for row in rows
    )


def done(connection: Connection, delivery: Delivery) -> None:
    """The delivery is dealt with; its body, which may hold a response URL, is forgotten."""
    connection.execute(inbox.update().where(inbox.c.id == delivery.id).values(done=True, body="{}"))


def later(connection: Connection, delivery: Delivery, due_at: float) -> None:
    """Tried in vain; again at ``due_at``, seconds since 1970."""
    connection.execute(
        inbox.update().where(inbox.c.id == delivery.id).values(tries=delivery.tries + 1, due_at=due_at)
    )
