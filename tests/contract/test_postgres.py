"""What only PostgreSQL does: writers side by side, secrets that are read anew, a server that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import AskRefused, RunStarted
from bot.store import inbox
from bot.store.commit import Step
from bot.store.database import Database
from bot.store.ledger import ThingTaken
from tests.postgres import Server
from tests.unit.core.things import ALICE, CHANNEL, NOW, REQUEST
from tests.unit.store.kit import Place, Store, always, debt, opened_at

MANY = 8
"""as many as there are threads"""
REFUSED = AskRefused(person=ALICE, channel=CHANNEL, text="x", code=Code.VM_UNKNOWN, params={"vm": "x"})


@pytest.fixture
def place(postgres: Server) -> Iterator[Place]:
    with postgres.database() as url:
        yield Place(url, postgres.password)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    async with opened_at(place) as database:
        yield Store(database)


async def test_the_first_entries_of_a_journal_may_come_at_once(store: Store) -> None:
    await asyncio.gather(*(store.committer.note(f"k{n}", REFUSED, actor=ALICE) for n in range(MANY)))
    assert await store.reader.journal_fault(SITE) is None
    assert len(await store.reader.journal(SITE)) == MANY


async def test_one_key_at_once_counts_once(store: Store) -> None:
    await store.open()
    step = Step(events=(RunStarted(run=1),), set={"run": 1})
    done = await asyncio.gather(
        *(store.committer.commit(REQUEST, "run/1", always(step)) for _ in range(MANY))
    )
    assert sorted(d.new for d in done) == [False] * (MANY - 1) + [True]
    assert all(d.entries == done[0].entries for d in done)


async def test_one_of_many_gets_a_thing(store: Store) -> None:
    ids = [f"VD-{n:04}" for n in range(MANY)]
    for number, request_id in enumerate(ids):
        await store.open(f"delivery/{number}", id=request_id, vm_key=request_id)
    wanted = [store.committer.commit(i, "intent", always(Step(events=(), debts=(debt(of=i),)))) for i in ids]
    results = await asyncio.gather(*wanted, return_exceptions=True)
    refused = [r for r in results if isinstance(r, BaseException)]
    (owed,) = await store.reader.debts(only_open=True)
    assert len(refused) == MANY - 1
    assert {r.holder for r in refused if isinstance(r, ThingTaken)} == {owed.request}


async def test_one_delivery_at_once_is_stored_once(store: Store) -> None:
    new = await asyncio.gather(
        *(store.database.write(lambda c: inbox.receive(c, "Ev1", "event", {}, NOW)) for _ in range(MANY))
    )
    assert sorted(new) == [False] * (MANY - 1) + [True]
    await asyncio.gather(*(store.committer.keep_picture("a" * 64, b"png") for _ in range(MANY)))


async def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    await store.open()

    async def write() -> None:
        for run in range(1, 40):
            step = Step(events=(RunStarted(run=run),), set={"run": run})
            await store.committer.commit(REQUEST, f"run/{run}", always(step))

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write())
        while not writing.done():
            assert await store.reader.journal_fault(REQUEST) is None


async def test_the_password_is_read_at_each_connection(place: Place) -> None:
    read: list[str] = []

    def password() -> str:
        read.append(place.secret or "")
        return read[-1]

    database = Database(place.url, password)
    await database.open()
    assert read
    assert place.secret not in (database.place, repr(database))
    await database.close()


async def test_a_wrong_password_is_told_without_it(place: Place) -> None:
    database = Database(place.url, lambda: "hunter2")
    with pytest.raises(VmdumpError) as refused:
        await database.open()
    assert refused.value.code is Code.DATABASE
    assert "password authentication failed" in str(refused.value.params["cause"])
    assert "hunter2" not in repr(refused.value.params)
    await database.close()


async def test_a_password_that_cannot_be_read_is_told_as_such(place: Place) -> None:
    def password() -> str:
        raise VmdumpError(Code.CREDENTIAL, reference="env:PG", cause="is not set")

    database = Database(place.url, password)
    with pytest.raises(VmdumpError) as refused:
        await database.open()
    assert refused.value.code is Code.CREDENTIAL
    await database.close()


async def test_no_server_is_told_with_its_place(place: Place) -> None:
    database = Database(place.url.replace(place.url.split(":")[-1].split("/")[0], "1"), place.password)
    with pytest.raises(VmdumpError) as refused:
        await database.open()
    assert refused.value.code is Code.DATABASE
    assert "127.0.0.1:1" in str(refused.value.params["place"])
    await database.close()


async def test_sessions_that_the_server_ended_are_opened_anew(store: Store, postgres: Server) -> None:
    await store.open()
    name = store.database.place.rpartition("/")[2]
    ended = postgres.sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", name
    )
    assert ended
    assert len(await store.reader.living()) == 1
