"""The same stories with PostgreSQL instead of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.demo.judging import faults, note, trouble
from bot.demo.settings import change_settings
from bot.demo.stage import Stage
from bot.demo.stories import STORIES
from bot.demo.stories.deeds import approve
from bot.demo.story import CAPTURED
from bot.durable.bookmarks import SCHEMA
from tests.postgres import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def database(lab: Stage, postgres: Server) -> Iterator[str]:
    """The stage's bot goes by it; its name."""
    with postgres.database() as url:
        change_settings(lab, lambda site: site.update(database=url, database_password="env:PG_PASSWORD"))
        lab.environment["PG_PASSWORD"] = postgres.password
        yield url.rpartition("/")[2]


def lock_session(postgres: Server, database: str) -> int:
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'vmdump %% on %%'"
    ((pid,),) = postgres.sql(query, database)
    return int(pid)


async def test_windows_ssh(lab: Stage, database: str, postgres: Server) -> None:
    story = STORIES["windows-ssh"]
    before = note(lab)
    await lab.start_bot()
    await lab.ask()
    await story.act(lab)
    record = await lab.closed()

    assert await faults(lab, story, before, record) == []
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []
    assert not list(lab.folder.glob("vmdump.db*"))
    assert postgres.password not in lab.log.read_text()
    query = f"SELECT workflow_uuid, status FROM {SCHEMA}.workflow_status"  # noqa: S608
    runs = postgres.sql(query, database=database)
    assert runs == [(f"{record['request']['id']}/1", "SUCCESS")]


@pytest.mark.parametrize("forget", [False, True], ids=["engine remembers", "engine's rows are gone"])
async def test_killed_after_the_nmi(lab: Stage, database: str, postgres: Server, forget: bool) -> None:
    story, before = STORIES["bot-killed-after-nmi"], note(lab)
    await lab.start_bot()
    lab.world.gates.close("vmdumper:after")
    await lab.ask()
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached("vmdumper:after"))
    await lab.kill_bot()
    lab.world.gates.open("vmdumper:after", drop=False)
    if forget:
        postgres.sql(f"DROP SCHEMA {SCHEMA} CASCADE", database=database)
    await lab.start_bot()
    record = await lab.closed()
    assert await faults(lab, story, before, record) == []


async def test_whoever_loses_the_lock_ends_and_the_next_goes_on(
    lab: Stage, database: str, postgres: Server
) -> None:
    asked, voted, *rest = CAPTURED
    story = replace(STORIES["windows-ssh"], thread=(asked, voted, "resumed", *rest))
    before = note(lab)
    await lab.start_bot()
    lab.world.gates.close("StartService:TSM-SSH:before")
    await lab.ask()
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached("StartService:TSM-SSH:before"))
    assert lab.process is not None
    postgres.sql("SELECT pg_terminate_backend(%s)", lock_session(postgres, database))
    assert await lab.process.wait() == 75
    assert "is lost: this process ends at once" in lab.log.read_text()
    lab.world.gates.open("StartService:TSM-SSH:before")
    await lab.start_bot()
    record = await lab.closed()
    assert await faults(lab, story, before, record) == []


async def test_a_second_bot_is_refused_and_names_the_first(lab: Stage, database: str) -> None:
    await lab.start_bot()
    assert lab.process is not None
    status, output = await lab.run("serve")
    assert status == 1
    assert f"Another process (pid {lab.process.pid} on " in output
    assert await lab.stop_bot() == 0
    assert await lab.run("restore") == (0, "Nothing is owed.\n")


async def test_reading_commands_wait_for_the_first_start(lab: Stage, database: str) -> None:
    for words in (("restore", "--list"), ("record", "VD-7K3Q"), ("db", "backup", "copy.db")):
        status, output = await lab.run(*words)
        assert status == 1
        assert "Start the bot of this version once" in output
