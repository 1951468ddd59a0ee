"""A copy of all that is stored, in one SQLite file, whichever database it comes from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Column, Connection, MetaData, String, Table, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import Code, VmdumpError
from bot.core.value import Value
from bot.store import engines
from bot.store.database import Database
from bot.store.schema import bring_up
from bot.store.tables import entries, metadata, requests

ROWS = 500
"""moved at once"""

about = Table(
    "vmdump_backup",
    MetaData(),
    Column("taken_at", String(40), nullable=False),
    Column("place", String(1000), nullable=False),
)
"""one row, which makes the file a backup"""


class Kept(Value):
    """What a backup holds."""

    taken_at: datetime
    place: str
    """the database that it was taken from, without secrets"""
    requests: int
    entries: int


async def back_up(database: Database, file: Path, at: datetime) -> Kept:
    """Writes the state of one moment, whole or not at all, while others go on writing.

    Raises ``VmdumpError(BACKUP)``, also for a file that is there already.
    """

    def work(connection: Connection) -> Kept:
        if file.exists():
            raise VmdumpError(Code.BACKUP, file=str(file), cause="it is there already; choose another name")
        with _draft(file) as draft:
            kept = _copy(connection, draft, database.place, at)
            draft.replace(file)
        _sync(file.parent)
        return kept

    try:
        return await database.read(work)
    except OSError as error:
        raise VmdumpError(Code.BACKUP, file=str(file), cause=error.strerror or "cannot be written") from error


@contextmanager
def opened(file: Path) -> Iterator[Connection]:
    """A backup, brought up to this version in a copy that goes again; the file itself is only read.

    Raises ``VmdumpError``.
    """
    with tempfile.TemporaryDirectory(prefix="vmdump-restore-") as folder:
        copy = Path(folder) / "backup.db"
        try:
            shutil.copyfile(file, copy)
        except OSError as error:
            raise VmdumpError(Code.BACKUP, file=str(file), cause=error.strerror or "unreadable") from error
        try:
            with _sqlite(copy) as connection:
                fault = _fault(connection)
        except SQLAlchemyError as error:
            raise VmdumpError(Code.BACKUP, file=str(file), cause="it is damaged, or no backup") from error
        if fault is not None:
            raise VmdumpError(Code.BACKUP, file=str(file), cause=fault)
        with _sqlite(copy) as connection:
            bring_up(connection)
            yield connection


def describe(backup: Connection) -> Kept:
    row = backup.execute(select(about)).one()
    return Kept(
        taken_at=datetime.fromisoformat(row.taken_at),
        place=row.place,
        requests=count(backup, requests),
        entries=count(backup, entries),
    )


def pour(source: Connection, target: Connection) -> None:
    """All rows of all tables; the target's are empty."""
    for table in metadata.sorted_tables:
        rows = source.execute(select(table), execution_options={"yield_per": ROWS})
        for part in rows.mappings().partitions():
            target.execute(table.insert(), [dict(row) for row in part])


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _copy(source: Connection, draft: Path, place: str, at: datetime) -> Kept:
    with _sqlite(draft) as target:
        bring_up(target)
        pour(source, target)
        about.create(target)
        target.execute(about.insert().values(taken_at=at.isoformat(), place=place))
        return describe(target)


def _fault(connection: Connection) -> str | None:
    if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
        return "it is damaged"
    if not inspect(connection).has_table(about.name):
        return "`vmdump db backup` did not write it"
    return None


@contextmanager
def _sqlite(file: Path) -> Iterator[Connection]:
    """One transaction on a file of one's own."""
    engine = engines.sqlite(URL.create("sqlite", database=str(file)))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """An empty file beside it that nobody else may read, gone afterwards if it is still there."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
