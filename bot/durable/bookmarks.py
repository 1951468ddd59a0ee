"""Where the engine keeps its bookmarks: a file beside SQLite's, or a schema of their own in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from dbos import DBOSConfig
from sqlalchemy import Engine

SCHEMA = "vmdump_engine"
BESIDES = ("", "-journal", "-wal", "-shm")
"""endings of what SQLite writes beside a file"""


class FileBookmarks:
    def __init__(self, file: Path) -> None:
        self._file = file

    def config(self) -> DBOSConfig:
        return DBOSConfig(system_database_url=f"sqlite:///{self._file}")

    def forget(self) -> None:
        """Removes all of them; only while the bot is down, and nothing is lost by it."""
        for ending in BESIDES:
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing stays open here."""


class SchemaBookmarks:
    """Takes the engine over: it is disposed of with ``close``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def config(self) -> DBOSConfig:
        return DBOSConfig(
            system_database_engine=self._engine,
            dbos_system_schema=SCHEMA,
            # Nobody waits for its notifications.
            use_listen_notify=False,
        )

    def forget(self) -> None:
        """Removes all of them; only while the bot is down, and nothing is lost by it."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    def close(self) -> None:
        self._engine.dispose()


Bookmarks = FileBookmarks | SchemaBookmarks
