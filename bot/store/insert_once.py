"""Inserting what another transaction may be inserting at the same moment."""

from __future__ import annotations

from sqlalchemy import Connection, Insert
from sqlalchemy.exc import IntegrityError


def insert_once(connection: Connection, statement: Insert) -> bool:
    """False if a unique row stands in the way, which is committed then and can be read.

    The transaction goes on in either case.
    """
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError:
        return False
    return True
