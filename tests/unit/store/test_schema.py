"""The tables' versions: made, brought up, adopted, refused; each in one piece."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.core.errors import Code, VmdumpError
from bot.store.engines import parse, postgresql, sqlite
from bot.store.schema import MIGRATIONS, revision
from bot.store.tables import SCHEMA_VERSION, metadata
from tests.unit.guest.readings import windows
from tests.unit.store.kit import Place, Store, opened_at

OLD = Path(__file__).parent
"""where the statements are with which databases were made before Alembic"""
ROW = "INSERT INTO pictures (sha256, png) VALUES ('aa', '')"
POST = (
    "INSERT INTO outbox (journal, seq, state, address, tries, due_at) "
    "VALUES ('VD-7K3Q', 2, 'sending', 'x', 3, 4.5)"
)


async def differences(store: Store) -> list[Any]:
    def compare(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    return await store.database.write(compare)


async def versions(store: Store) -> list[tuple[Any, ...]]:
    return await store.sql("SELECT version_num FROM alembic_version")


async def names(store: Store) -> set[str]:
    return await store.database.write(lambda connection: set(inspect(connection).get_table_names()))


def run(place: Place, *statements: str) -> None:
    """On the database, without the store."""
    url = parse(place.url)
    engine = sqlite(url) if url.get_backend_name() == "sqlite" else postgresql(url, place.password)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def old_statements(place: Place) -> list[str]:
    kind = parse(place.url).get_backend_name()
    return (OLD / f"before_alembic.{kind}.sql").read_text().strip().removesuffix(";").split(";\n")


def test_the_newest_migration_is_the_version_and_there_is_no_gap() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert found == [revision(number) for number in range(SCHEMA_VERSION, 0, -1)]


async def test_migrations_and_tables_agree(store: Store) -> None:
    assert await differences(store) == []
    assert await versions(store) == [(revision(SCHEMA_VERSION),)]
    assert await names(store) == {*metadata.tables, "alembic_version"}


async def test_a_database_from_before_alembic_is_taken_over_as_it_is(place: Place) -> None:
    run(place, *old_statements(place), ROW, POST)
    async with opened_at(place) as database:
        store = Store(database)
        assert await differences(store) == []
        assert await versions(store) == [(revision(SCHEMA_VERSION),)]
        assert await names(store) == {*metadata.tables, "alembic_version"}
        assert await store.sql("SELECT sha256 FROM pictures") == [("aa",)]
        assert await store.sql("SELECT * FROM outbox") == [(1, "VD-7K3Q", 2, "sending", "x", None, 3, 4.5)]
        assert (await store.open()).new


async def test_where_no_guest_was_ever_asked_all_is_kept(place: Place) -> None:
    """From version 2 to 3, with a request on its way and a post that is owed."""
    async with opened_at(place) as database:
        store = Store(database)
        await store.open()
        await store.sql(POST)
        before = await store.tables()
        await store.sql("DROP TABLE readings")
        await store.sql("UPDATE alembic_version SET version_num = '0002'")
    async with opened_at(place) as database:
        store = Store(database)
        assert await versions(store) == [(revision(SCHEMA_VERSION),)]
        assert await differences(store) == []
        assert before["readings"] == []
        assert await store.tables() == before
        assert await store.reader.journal_fault("VD-7K3Q") is None
        await store.committer.keep_readings("vm", windows())
        assert await store.reader.readings("vm") == windows()


def test_it_opens_again_without_alembic(tmp_path: Path) -> None:
    """Importing it takes longer than everything else that a start does with the database."""
    code = """
import asyncio, sys
from bot.store.database import Database
async def main():
    database = Database(sys.argv[1])
    await database.open()
    await database.close()
    print("alembic" in sys.modules)
asyncio.run(main())
"""
    for expected in ("True", "False"):
        command = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/x.db"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stdout.strip() == expected, done.stderr


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("old", [False, True], ids=["", "before Alembic"])
async def test_a_newer_schema_is_refused_and_left_alone(place: Place, alone: bool, old: bool) -> None:
    if old:
        run(place, *old_statements(place), "UPDATE vmdump_schema SET version = 7", "DROP TABLE pictures")
    else:
        async with opened_at(place) as database:
            store = Store(database)
            await store.sql("UPDATE alembic_version SET version_num = '0007'")
            await store.sql("DROP TABLE pictures")
    again = place.database()
    with pytest.raises(VmdumpError) as refused:
        await again.open(alone=alone)
    assert refused.value.code is Code.DATABASE_NEWER
    assert refused.value.params == {"found": 7, "known": SCHEMA_VERSION}
    assert "pictures" not in await names(Store(again))
    await again.close()


async def test_who_is_not_alone_makes_no_tables(place: Place) -> None:
    for _ in range(2):
        database = place.database()
        with pytest.raises(VmdumpError) as refused:
            await database.open(alone=False)
        assert refused.value.code is Code.DATABASE_OLDER
        assert refused.value.params == {"found": 0, "needed": SCHEMA_VERSION}
        assert database.file is None or not database.file.exists()
        await database.close()
    async with opened_at(place):
        await database_opens(place)


async def database_opens(place: Place) -> None:
    database = place.database()
    await database.open(alone=False)
    await database.close()


async def test_a_migration_that_fails_leaves_nothing(place: Place) -> None:
    run(place, "CREATE TABLE pictures (somebody_elses INTEGER)")
    database = place.database()
    with pytest.raises(VmdumpError) as refused:
        await database.open()
    assert refused.value.code is Code.DATABASE
    assert "pictures" in str(refused.value.params["cause"])
    assert await names(Store(database)) == {"pictures"}
    await database.close()
