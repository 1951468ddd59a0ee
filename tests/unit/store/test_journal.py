"""Reading a journal back, after somebody had his hands in the file."""

from __future__ import annotations

import json

import pytest

from bot.core.entry import SITE, Entry, entry_hash
from bot.core.events import RunStarted
from bot.store.commit import Step
from tests.unit.core.things import REQUEST
from tests.unit.store.kit import Store, always


@pytest.fixture
async def kept(store: Store) -> Store:
    """A journal of four entries."""
    await store.open()
    for run in (1, 2, 3):
        step = Step(events=(RunStarted(run=run),), set={"run": run})
        await store.committer.commit(REQUEST, f"run/{run}", always(step))
    assert await store.reader.journal_fault(REQUEST) is None
    return store


async def body(store: Store, seq: int) -> Entry:
    return (await store.reader.journal(REQUEST))[seq - 1]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE entries SET body = replace(body, 'vmdump', 'U0MALLORY1') WHERE seq = 2", "2 was altered"),
        ("UPDATE entries SET body = 'no json' WHERE seq = 2", "2 cannot be read"),
        ("UPDATE entries SET body = '{}' WHERE seq = 4", "4 cannot be read"),
        ("UPDATE entries SET key = 'nmi' WHERE seq = 2", "2 is not stored as what it is"),
        ("UPDATE entries SET seq = 9 WHERE seq = 4", "4 is not stored as what it is"),
        ("DELETE FROM entries WHERE seq = 1", "1 is missing"),
        ("DELETE FROM entries WHERE seq = 3", "3 is missing"),
        ("DELETE FROM entries WHERE seq = 4", "ends at entry 3, but 4 were written"),
        ("DELETE FROM entries", "ends at entry 0, but 4 were written"),
        ("DELETE FROM journals", "there is no journal of that name"),
        ("UPDATE journals SET head = 'f'", "entry 4 is not the last one that was written"),
    ],
)
async def test_each_tampering_is_found_and_named(kept: Store, statement: str, fault: str) -> None:
    await kept.sql(statement)
    found = await kept.reader.journal_fault(REQUEST)
    assert found is not None
    assert fault in found


async def test_a_last_entry_that_was_made_anew_with_its_hash_is_found(kept: Store) -> None:
    forged = (await body(kept, 4)).model_copy(update={"actor": "U0MALLORY1"})
    forged = forged.model_copy(update={"hash": entry_hash(forged)})
    await kept.sql("UPDATE entries SET body = ? WHERE seq = 4", forged.model_dump_json())
    assert await kept.reader.journal_fault(REQUEST) == "entry 4 is not the last one that was written"


async def test_the_journal_of_another_request_is_not_this_ones(kept: Store) -> None:
    await kept.open("delivery/2", id="VD-2222", vm_key="other")
    for table in ("journals", "entries"):
        column = "id" if table == "journals" else "journal"
        await kept.sql(f"DELETE FROM {table} WHERE {column} = 'VD-2222'")  # noqa: S608
        await kept.sql(f"UPDATE {table} SET {column} = 'VD-2222' WHERE {column} = '{REQUEST}'")  # noqa: S608
    fault = await kept.reader.journal_fault("VD-2222")
    assert fault == "entry 1 is not stored as what it is"


async def test_before_the_first_entry_only_the_site_has_a_journal(store: Store) -> None:
    assert await store.reader.journal_fault(SITE) is None
    assert await store.reader.journal_fault(REQUEST) == "there is no journal of that name"


async def test_the_stored_body_is_what_was_hashed(kept: Store) -> None:
    rows = await kept.sql("SELECT body FROM entries WHERE journal = ? ORDER BY seq", REQUEST)
    for (text,) in rows:
        assert json.loads(text)["hash"] == entry_hash(Entry.model_validate_json(text))
