"""Which version of the tables a database has, and bringing it to ours."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, inspect, select

from bot.core.errors import Code, VmdumpError
from bot.store.engines import take_time
from bot.store.tables import SCHEMA_VERSION

MIGRATIONS = Path(__file__).parent / "migrations"

_others = MetaData()
_alembic = Table("alembic_version", _others, Column("version_num", String(32), primary_key=True))
_before_alembic = Table("vmdump_schema", _others, Column("version", Integer, primary_key=True))
"""what told the version before Alembic did"""


def found_version(connection: Connection) -> int:
    """0 for a database without tables of ours."""
    inspector = inspect(connection)
    if inspector.has_table(_alembic.name):
        return int(connection.execute(select(_alembic.c.version_num)).scalar() or 0)
    if inspector.has_table(_before_alembic.name):
        return connection.execute(select(_before_alembic.c.version)).scalar() or 0
    return 0


def require(connection: Connection) -> None:
    """Raises ``VmdumpError`` for any other version than ours."""
    found = _not_newer(connection)
    if found < SCHEMA_VERSION:
        raise VmdumpError(Code.DATABASE_OLDER, found=found, needed=SCHEMA_VERSION)


def bring_up(connection: Connection) -> None:
    """Makes the tables, or what has changed in them since; all of it or nothing, with the transaction.

    Only for the process that holds the database's lock. Raises ``VmdumpError`` for a newer version.
    """
    found = _not_newer(connection)
    adopted = found > 0 and not inspect(connection).has_table(_alembic.name)
    if found < SCHEMA_VERSION or adopted:
        _migrate(connection, from_version=found if adopted else None)


def _not_newer(connection: Connection) -> int:
    found = found_version(connection)
    if found > SCHEMA_VERSION:
        raise VmdumpError(Code.DATABASE_NEWER, found=found, known=SCHEMA_VERSION)
    return found


def revision(version: int) -> str:
    """Alembic's name for a version: it is the number."""
    return f"{version:04}"


def _migrate(connection: Connection, *, from_version: int | None) -> None:
    # Takes longer to import than the whole start otherwise does, and is needed once per version.
    from alembic import command
    from alembic.config import Config

    take_time(connection)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if from_version is not None:
        command.stamp(config, revision(from_version))
        _before_alembic.drop(connection)
    command.upgrade(config, "head")
