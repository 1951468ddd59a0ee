"""The database's connection, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.core.errors import Code, VmdumpError
from bot.store.signal import Signal
from bot.store.tables import SCHEMA_VERSION, metadata, schema

T = TypeVar("T")
POSTGRES_THREADS = 8


class Database:
    """Runs whole transactions on threads of its own; wakes whoever waits for ``changes`` after each write."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.place = parsed.render_as_string(hide_password=True)
        self.file = Path(parsed.database) if self.sqlite and parsed.database else None
        self.changes = Signal()
        self._engine = (
            _sqlite(parsed.render_as_string(hide_password=False)) if self.sqlite else create_engine(parsed)
        )
        # SQLite has one writer: a second thread would only wait for the file's lock.
        self._threads = ThreadPoolExecutor(1 if self.sqlite else POSTGRES_THREADS, "store")

    async def open(self) -> None:
        """Makes the tables in an empty database; refuses one that a newer version has written."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            await self.write(_create)
        except (SQLAlchemyError, OSError) as error:
            raise VmdumpError(Code.DATABASE, place=self.place, cause=_cause(error)) from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs ``work`` in one transaction: all of it is committed, or nothing is."""
        result = await self._run(lambda: self._write(work))
        self.changes.set()
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._run(lambda: self._write(work))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=False)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    async def _run(self, work: Callable[[], T]) -> T:
        # Shielded: whoever waits may be cancelled, a transaction that has begun runs to its end.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, work))


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late for a read that a write depends on.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _create(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7001, 0)"))
    metadata.create_all(connection)
    found = connection.execute(select(schema.c.version)).scalar()
    if found is None:
        connection.execute(schema.insert().values(version=SCHEMA_VERSION))
    elif found > SCHEMA_VERSION:
        raise VmdumpError(Code.DATABASE_NEWER, found=found, known=SCHEMA_VERSION)


def _cause(error: Exception) -> str:
    """The driver's own words, which carry neither the statement nor its parameters."""
    return str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
