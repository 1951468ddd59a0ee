"""One living process per PostgreSQL database: an advisory lock, held for life by a session of its own.

A process that has lost the session may not do anything any more, since the server lets the next one in: it
ends itself at once, as a kill does, and what it was doing is taken up at the next start.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
from collections.abc import Callable
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, NullPool, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.core.errors import Code, VmdumpError
from bot.store import engines
from bot.store.database import database_error, place_of
from bot.store.engines import Password

KEY = int.from_bytes(b"vmdump", "big")
"""advisory locks are numbers, each database having its own"""
PATIENCE_MS = 3000
"""how long a predecessor that was just killed may take to be noticed by the server"""
LOST = 75
"""exit status: EX_TEMPFAIL of sysexits.h, start me again"""
SERVER_KEEPALIVE = {"tcp_keepalives_idle": 15, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""seconds; the server gives up a machine that is gone after 30, which is later than the other way round"""

_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted"
    " AND (classid::bigint << 32) + objid::bigint = :key AND objsubid = 1"
    " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

log = logging.getLogger("vmdump")


def end_process(place: str) -> None:
    """Without a goodbye: whatever is still under way must not go on."""
    log.critical("the lock on %s is lost: this process ends at once, and is to be started again", place)
    os._exit(LOST)


class SessionLock:
    """Blocks while it connects: to be used off the event loop.

    ``on_lost`` is called on a thread of the lock's own when the session has ended.
    """

    def __init__(
        self, url: str, password: Password | None, on_lost: Callable[[str], None] = end_process
    ) -> None:
        name = f"vmdump {os.getpid()} on {socket.gethostname()}"[:63]
        self._place = place_of(url)
        self._on_lost = on_lost
        self._engine: Engine = engines.postgresql(
            engines.parse(url),
            password,
            statement_ms=None,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            pool_pre_ping=False,
            connect_args={"application_name": name},
        )
        self._connection: Connection | None = None
        self._watcher: threading.Thread | None = None
        self._stop_read, self._stop_write = -1, -1

    def take(self) -> None:
        """Raises ``VmdumpError``, ``ALREADY_RUNNING`` while another process holds it."""
        try:
            self._connection = self._engine.connect()
            self._acquire(self._connection)
        except SQLAlchemyError as error:
            self.release()
            raise database_error(self._place, error) from error
        except BaseException:
            self.release()
            raise
        self._stop_read, self._stop_write = os.pipe()
        session = cast("psycopg.Connection[Any]", self._connection.connection.dbapi_connection)
        self._watcher = threading.Thread(target=self._watch, args=(session,), name="lock", daemon=True)
        self._watcher.start()

    def release(self) -> None:
        """The server lets go of the lock when the session ends."""
        if self._watcher is not None:
            os.write(self._stop_write, b"x")
            self._watcher.join()
            self._watcher = None
            os.close(self._stop_read)
            os.close(self._stop_write)
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None
        self._engine.dispose()

    def _acquire(self, connection: Connection) -> None:
        settings = SERVER_KEEPALIVE | {"idle_session_timeout": 0, "lock_timeout": PATIENCE_MS}
        for name, value in settings.items():
            connection.exec_driver_sql(f"SET {name} = {value:d}")
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": KEY})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
                raise
            holder = connection.execute(_HOLDER, {"key": KEY}).scalar() or "unknown"
            raise VmdumpError(
                Code.ALREADY_RUNNING,
                lock=f"the lock on {self._place}",
                pid=str(holder).removeprefix("vmdump "),
            ) from error

    def _watch(self, session: psycopg.Connection[Any]) -> None:
        """Nobody else uses the session, so whatever arrives on it is news from the server, or its end."""
        waiting = select.poll()
        waiting.register(session.fileno(), select.POLLIN)
        waiting.register(self._stop_read, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in waiting.poll()}
            if self._stop_read in ready:
                return
            if not _still_there(session):
                self._on_lost(self._place)
                return


def _still_there(session: psycopg.Connection[Any]) -> bool:
    try:
        session.pgconn.consume_input()
    except psycopg.Error:
        return False
    return not session.closed
