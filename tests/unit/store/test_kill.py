"""A process is killed in the middle of its commits: what is in the file belongs together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.core.change import OPEN
from bot.core.entry import SITE, Shows
from bot.core.events import HeadClosed, RunStarted
from bot.core.request import State
from tests.unit.store.committing import PATH
from tests.unit.store.kit import Store, opened


def commit_and_die(folder: Path, start: int, after: int) -> None:
    """Runs ``committing.py`` and kills it some microseconds after so many commits."""
    command = [sys.executable, "-m", "tests.unit.store.committing", str(folder), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(after):
            assert process.stdout.readline(), "it ended by itself"
        process.kill()


async def test_chains_hold_and_rows_agree_with_their_journals(tmp_path: Path) -> None:
    for start, after in ((1, 5), (100, 14), (200, 23), (300, 32)):
        commit_and_die(tmp_path, start, after)
    async with opened(tmp_path) as database:
        store = Store(database)
        ids = [row[0] for row in await store.sql("SELECT id FROM requests")]
        assert len(ids) >= 4
        for request_id in ids:
            await agrees(store, request_id)
        await every_end_is_published(store)
        # The next request finds nothing locked and nothing half done.
        assert (await store.open("delivery/9999", id="VD-9999", vm_key="vm-9999")).new


async def agrees(store: Store, request_id: str) -> None:
    request = await store.reader.request(request_id)
    entries = await store.reader.journal(request_id)
    assert await store.reader.journal_fault(request_id) is None
    runs = [e.event.run for e in entries if isinstance(e.event, RunStarted)]
    assert runs == list(range(1, request.run + 1))
    closed = entries[-1].kind == "closed"
    reached = (State.ASKED, *PATH)[request.run]
    assert request.state is (State.CLOSED if closed else reached)
    posts = {p.seq for p in await store.reader.unsent() if p.journal == request_id}
    assert posts == {e.seq for e in entries if e.event.shows is Shows.THREAD}
    debts = await store.reader.debts(request_id, only_open=False)
    assert [d.state in OPEN for d in debts] == ([not closed] if request.run else [])


async def every_end_is_published(store: Store) -> None:
    assert await store.reader.journal_fault(SITE) is None
    events = [entry.event for entry in await store.reader.journal(SITE)]
    published = {e.request: e.head for e in events if isinstance(e, HeadClosed)}
    assert published == await store.reader.closed_heads()
