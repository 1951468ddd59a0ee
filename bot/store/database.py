"""The database's connection, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.core.errors import Code, VmdumpError
from bot.store import engines
from bot.store.engines import Password
from bot.store.schema import bring_up, require
from bot.store.signal import Signal
from bot.store.tables import SCHEMA_VERSION

T = TypeVar("T")
POSTGRES_THREADS = 8


class Database:
    """Runs whole transactions on threads of its own; wakes whoever waits for ``changes`` after each write."""

    def __init__(self, url: str, password: Password | None = None) -> None:
        """``password`` is for PostgreSQL, and read at each new connection."""
        parsed = engines.parse(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.place = place_of(url)
        self.file = Path(parsed.database) if self.sqlite and parsed.database else None
        self.changes = Signal()
        self._engine = (
            engines.sqlite(parsed)
            if self.sqlite
            else engines.postgresql(parsed, password, pool_size=POSTGRES_THREADS)
        )
        self._reading = engines.reading(self._engine)
        # SQLite has one writer: a second thread would only wait for the file's lock.
        self._threads = ThreadPoolExecutor(1 if self.sqlite else POSTGRES_THREADS, "store")

    async def open(self, *, alone: bool = True) -> None:
        """Brings the tables up to this version; refuses a database that a newer one has written.

        Whoever is not ``alone``, since he does not hold the lock, changes nothing: an older version is
        refused too.
        """
        try:
            if alone:
                if self.file is not None:
                    self.file.parent.mkdir(parents=True, exist_ok=True)
                await self.write(bring_up)
            else:
                await self._look()
        except (SQLAlchemyError, OSError) as error:
            raise database_error(self.place, error) from error

    async def _look(self) -> None:
        if self.file is not None and not self.file.exists():
            # Connecting would make an empty one.
            raise VmdumpError(Code.DATABASE_OLDER, found=0, needed=SCHEMA_VERSION)
        await self.read(require)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs ``work`` in one transaction: all of it is committed, or nothing is."""
        result = await self._run(lambda: _transaction(self._engine, work))
        self.changes.set()
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs ``work``, which writes nothing, on one state of the database."""
        return await self._run(lambda: _transaction(self._reading, work))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        # Shielded: whoever waits may be cancelled, a transaction that has begun runs to its end.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, work))


def place_of(url: str) -> str:
    """The database's name for people, without secrets."""
    return make_url(url).set(password=None).render_as_string()


def database_error(place: str, error: Exception) -> VmdumpError:
    """The driver's own words, which carry neither the statement nor its parameters."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error).strip() or type(error).__name__
    return VmdumpError(Code.DATABASE, place=place, cause=cause.splitlines()[0])


def _transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)
