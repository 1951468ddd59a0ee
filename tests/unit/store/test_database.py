"""Opening the file, and having it for oneself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.errors import Code, VmdumpError
from bot.store.database import Database
from bot.store.instance_lock import sole_process
from tests.unit.store.kit import Store, opened

HOLD = """
import sys
from pathlib import Path
from bot.store.instance_lock import sole_process
with sole_process(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


async def test_it_opens_again_as_it_was_left(tmp_path: Path) -> None:
    async with opened(tmp_path / "new") as database:
        await Store(database).open()
    async with opened(tmp_path / "new") as database:
        assert len(await Store(database).reader.living()) == 1


async def test_a_file_that_is_no_database_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "vmdump.db"
    path.write_text("this is a shopping list, and a long one at that\n" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(VmdumpError) as refused:
        await database.open()
    assert refused.value.code is Code.DATABASE
    assert str(path) in str(refused.value.params["place"])
    await database.close()
    assert path.read_text().startswith("this is a shopping list")


async def test_every_write_wakes_those_who_wait(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        seen = database.changes.count
        waiting = asyncio.create_task(database.changes.wait(seen, at_most=60))
        await Store(database).open()
        await waiting
        # News between looking and waiting is not missed.
        await database.changes.wait(seen, at_most=60)


def test_the_holder_of_the_lock_is_named_and_its_death_frees_it(tmp_path: Path) -> None:
    file = tmp_path / "vmdump.db"
    command = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(VmdumpError) as refused, sole_process(file):
            pytest.fail("two hold it")
        holder.kill()
    assert refused.value.code is Code.ALREADY_RUNNING
    assert refused.value.params["pid"] == str(holder.pid)
    with sole_process(file):
        assert (tmp_path / "vmdump.db.lock").read_text() == str(os.getpid())


def test_the_lock_is_free_after_leaving(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_process(tmp_path / "vmdump.db"):
            pass
