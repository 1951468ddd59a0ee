"""Connections to SQLite and to PostgreSQL, each set up so that a commit means the same in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

Password = Callable[[], str]
"""reads the secret at each use; raises ``VmdumpError``"""

KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 11_000,
    "application_name": "vmdump",
}
"""libpq's words: a server that is silently gone is noticed after 11 s; the URL may say otherwise"""
STATEMENT_MS = 30_000
"""no statement of ours takes longer, but for those that move whole tables"""

_READING = "vmdump_reading"


def parse(url: str) -> URL:
    """The URL with the driver that is installed."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late for a read that a write depends on.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader's snapshot needs no turn among the writers.
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")

    return engine


def postgresql(
    url: URL, password: Password | None, *, statement_ms: int | None = STATEMENT_MS, **pool: Any
) -> Engine:
    """``pool`` are SQLAlchemy's own options."""
    engine = create_engine(url, **({"pool_pre_ping": True} | pool))

    @event.listens_for(engine, "do_connect")
    def _identify(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        for name, value in KEEPALIVE.items():
            parameters.setdefault(name, value)
        if password is not None:
            parameters["password"] = password()

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        if statement_ms is not None:
            connection.execute(f"SET statement_timeout = {statement_ms:d}")
            connection.commit()

    return engine


def reading(engine: Engine) -> Engine:
    """The same connections; a transaction sees one state of the database, and writes nothing."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READING: True})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take_time(connection: Connection) -> None:
    """Lifts the bound on single statements for the rest of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
