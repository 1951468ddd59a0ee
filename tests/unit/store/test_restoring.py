"""Backing up while others write, and going back: nothing old is done again, and only undoing goes on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.change import ChangeState
from bot.core.entry import SITE, Entry
from bot.core.errors import Code, VmdumpError
from bot.core.events import (
    Closed,
    DatabaseRestored,
    Durations,
    RestoredFromBackup,
    RunStarted,
    VoteWithdrawn,
)
from bot.core.request import FOLLOWERS, Outcome, State
from bot.store import inbox
from bot.store.backup import back_up
from bot.store.commit import Step
from bot.store.outbox import PostState, mark
from bot.store.restoring import MAY_HAVE_CHANGED, Restored, restore_from
from bot.store.schema import revision
from bot.store.tables import SCHEMA_VERSION
from tests.unit.core.things import ALICE, NOW, REQUEST, change, every_guest_change, leg, plan, seconds
from tests.unit.store.kit import Place, Store, always, debt, opened_at
from tests.unit.store.test_schema import old_statements

LATER = seconds(3600)
THREAD = VoteWithdrawn(person=ALICE, count=0, quorum=1)
PATH: tuple[State, ...] = tuple(state for state in State if state is not State.CLOSED)


def name_of(state: State) -> str:
    return f"VD-{PATH.index(state):04}"


async def reach(store: Store, state: State) -> str:
    """A living request in that state, with an entry for its thread and, once it may have, a debt."""
    request_id = name_of(state)
    service = plan(legs=(leg(changes=(change(service=request_id),)),))
    await store.open(f"delivery/{request_id}", id=request_id, vm_key=request_id, plan=service)
    ends_early = state is State.ENDING
    for now in PATH[1 : PATH.index(state) + 1]:
        if ends_early and now is State.VERIFIED:
            continue
        owed = (debt(of=request_id, change=change(service=request_id), state=ChangeState.MADE),)
        step = Step(events=(THREAD,), to=now, debts=owed if now is State.PREPARED else ())
        await store.committer.commit(request_id, f"to/{now}", always(step))
    return request_id


async def fill(store: Store) -> None:
    """A request in each state, one that is closed, deliveries and messages that wait."""
    for state in PATH:
        await reach(store, state)
    await store.open("delivery/closed", id="VD-9999", vm_key="closed")
    closed = Closed(vm="x", outcome=Outcome.DENIED, changes=0, restored=0, durations=Durations())
    end = Step(events=(closed,), to=State.CLOSED, set={"outcome": Outcome.DENIED})
    await store.committer.commit("VD-9999", "closed", always(end))
    await store.committer.keep_picture("a" * 64, b"\0png")
    await store.database.write(lambda c: inbox.receive(c, "Ev1", "command", {"response_url": "x"}, NOW))
    first, second, *_ = await store.reader.unsent()
    await store.database.write(lambda c: mark(c, first, PostState.SENT, message="1.0"))
    await store.database.write(lambda c: mark(c, second, PostState.SENDING))


async def restored(store: Store, file: Path, *, replace: bool = False) -> Restored:
    return await restore_from(store.database, file, replace=replace, at=LATER)


async def pay(store: Store) -> None:
    """All debts, so that the database may be replaced."""
    for number, owed in enumerate(await store.reader.debts(only_open=True)):
        paid = owed.model_copy(update={"state": ChangeState.SETTLED})
        step = Step(events=(RunStarted(run=9),), debts=(paid,))
        await store.committer.commit(owed.request, f"paid/{number}", always(step))


async def test_a_backup_holds_everything_and_comes_back(store: Store, tmp_path: Path) -> None:
    await fill(store)
    before = await store.tables()
    kept = await back_up(store.database, tmp_path / "copy.db", NOW)
    assert await store.tables() == before
    assert kept.requests == len(PATH) + 1
    assert kept.entries == len(before["entries"])
    nobody_else_may_read(tmp_path / "copy.db")
    async with opened_at(Place(f"sqlite:///{tmp_path}/copy.db")) as copy:
        assert await Store(copy).tables() == before


def nobody_else_may_read(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if file.stem in path.name] == [file.name]


async def test_every_living_request_is_ended_as_unknown(store: Store, tmp_path: Path) -> None:
    await fill(store)
    old: dict[State, tuple[Entry, ...]] = {
        state: await store.reader.journal(name_of(state)) for state in PATH
    }
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    done = await restored(store, tmp_path / "copy.db", replace=True)
    assert done.ended == tuple(map(name_of, PATH))
    assert done.faults == ()
    assert await store.reader.living() == ()
    for state in PATH:
        request = await store.reader.request(name_of(state))
        assert (request.state, request.outcome) == (State.CLOSED, Outcome.UNKNOWN)
        entries = await store.reader.journal(request.id)
        assert entries[:-2] == old[state]
        told, closed = (entry.event for entry in entries[-2:])
        assert isinstance(told, RestoredFromBackup)
        assert (told.backup_of, told.state) == (NOW, state.value)
        assert isinstance(closed, Closed)
        assert closed.restored_from == NOW
        assert (closed.changes, closed.restored) == (len(told.owed), 0)
        assert await store.reader.journal_fault(request.id) is None
    assert await store.reader.journal_fault(SITE) is None
    assert (await store.reader.request("VD-9999")).outcome is Outcome.DENIED
    site = [entry.event for entry in await store.reader.journal(SITE)]
    assert site[-1] == DatabaseRestored(backup_of=NOW, ended=done.ended, posts=done_posts(old), deliveries=1)
    assert await store.reader.picture("a" * 64) == b"\0png"


def done_posts(old: dict[State, tuple[Entry, ...]]) -> int:
    """Of each entry for a thread one message waits, but for the one that is sent; the closed one's too."""
    return sum(entry.kind == THREAD.kind for entries in old.values() for entry in entries) - 1 + 1


async def test_open_debts_stay_and_what_may_have_been_changed_is_owed(store: Store, tmp_path: Path) -> None:
    await fill(store)
    before = await store.reader.debts(only_open=True)
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    done = await restored(store, tmp_path / "copy.db", replace=True)
    assert done.owed == await store.reader.debts(only_open=True)
    presumed = {d.request: d for d in done.owed if d not in before}
    assert set(presumed) == set(map(name_of, MAY_HAVE_CHANGED))
    assert {d.state for d in presumed.values()} == {ChangeState.INTENDED}
    assert [d for d in done.owed if d.request not in presumed] == list(before)


async def test_what_a_guest_is_armed_by_is_kept_and_not_owed(store: Store, tmp_path: Path) -> None:
    """The backup is of the moment between armed and closed."""
    await store.open()
    armed = debt(change=every_guest_change()[0], state=ChangeState.MADE, kept=True)
    step = Step(events=(THREAD,), to=State.ENDING, set={"outcome": Outcome.ARMED}, debts=(armed,))
    await store.committer.commit(REQUEST, "armed", always(step))
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    done = await restored(store, tmp_path / "copy.db", replace=True)
    assert (done.ended, done.owed) == ((REQUEST,), ())
    assert await store.reader.debts(only_open=True) == (armed,)
    told, closed = (entry.event for entry in (await store.reader.journal(REQUEST))[-2:])
    assert isinstance(told, RestoredFromBackup)
    assert isinstance(closed, Closed)
    assert (told.owed, closed.changes, closed.kept) == ((), 1, 1)


async def test_nothing_old_is_posted_or_acted_upon(store: Store, tmp_path: Path) -> None:
    await fill(store)
    old = {(p.journal, p.seq) for p in await store.reader.unsent()}
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    await restored(store, tmp_path / "copy.db", replace=True)
    posts = await store.reader.unsent()
    assert not old & {(p.journal, p.seq) for p in posts}
    kinds = [(await store.reader.entry(p.journal, p.seq)).kind for p in posts]
    # One that was only asked for has no thread.
    assert kinds == ["restored-from-backup", "closed"] * (len(PATH) - 1)
    assert {p.state for p in posts} == {PostState.PENDING}
    late = LATER + timedelta(days=365)
    assert await store.database.read(lambda c: inbox.undone(c, late)) == ()
    assert await store.sql("SELECT body FROM inbox") == [("{}",)]
    # Slack brings the old delivery again: it is known.
    assert not await store.database.write(lambda c: inbox.receive(c, "Ev1", "command", {}, LATER))


async def test_the_bot_goes_on_after_it(store: Store, tmp_path: Path) -> None:
    """New rows get new numbers, and the machine can be asked for again."""
    request_id = await reach(store, State.SENT)
    await store.database.write(lambda c: inbox.receive(c, "Ev1", "command", {}, NOW))
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    await restored(store, tmp_path / "copy.db", replace=True)
    assert await store.database.write(lambda c: inbox.receive(c, "Ev2", "command", {}, LATER))
    assert (await store.open("delivery/again", id="VD-9998", vm_key=request_id)).new
    step = Step(events=(THREAD,), to=State.PLANNED)
    await store.committer.commit("VD-9998", "plan", always(step))
    assert ("VD-9998", 2) in {(p.journal, p.seq) for p in await store.reader.unsent()}


async def test_a_database_in_use_is_left_alone(store: Store, tmp_path: Path) -> None:
    await back_up(store.database, tmp_path / "empty.db", NOW)
    await reach(store, State.SENT)
    before = await store.tables()
    with pytest.raises(VmdumpError) as refused:
        await restored(store, tmp_path / "empty.db")
    assert refused.value.code is Code.DATABASE_IN_USE
    with pytest.raises(VmdumpError) as refused:
        await restored(store, tmp_path / "empty.db", replace=True)
    assert refused.value.code is Code.DATABASE_OWES
    assert refused.value.params == {"owed": 1, "request": name_of(State.SENT)}
    assert await store.tables() == before


async def test_an_empty_database_needs_no_leave(place: Place, store: Store, tmp_path: Path) -> None:
    await restored(store, await backup_of_another(tmp_path))
    assert len(await store.reader.closed_heads()) == len(PATH) + 1


async def backup_of_another(folder: Path) -> Path:
    """Of an SQLite database, whatever kind it is restored into."""
    async with opened_at(Place(f"sqlite:///{folder}/another.db")) as database:
        await fill(Store(database))
        await back_up(database, folder / "copy.db", NOW)
    return folder / "copy.db"


async def test_a_journal_that_was_broken_comes_back_broken_and_is_named(store: Store, tmp_path: Path) -> None:
    request_id = await reach(store, State.SENT)
    await store.sql("UPDATE entries SET body = replace(body, 'vmdump', 'U0MALLORY1') WHERE seq = 2")
    await back_up(store.database, tmp_path / "copy.db", NOW)
    await pay(store)
    done = await restored(store, tmp_path / "copy.db", replace=True)
    assert done.faults == (f"journal {request_id}: entry 2 was altered",)
    assert await store.reader.journal_fault(request_id) == "entry 2 was altered"


async def test_a_backup_of_before_is_brought_up_and_left_as_it_is(store: Store, tmp_path: Path) -> None:
    file = await backup_of_another(tmp_path)
    place = Place(f"sqlite:///{file}")
    async with opened_at(place) as copy:
        for statement in (
            "DROP TABLE alembic_version",
            "CREATE TABLE vmdump_schema (version INTEGER NOT NULL, PRIMARY KEY (version))",
            "INSERT INTO vmdump_schema VALUES (1)",
            "DROP TABLE readings",
            "DROP INDEX outbox_unsent",
            "ALTER TABLE outbox RENAME TO newer",
            *(made for made in old_statements(place) if " outbox" in made),
            "INSERT INTO outbox SELECT * FROM newer",
            "DROP TABLE newer",
        ):
            await Store(copy).sql(statement)
    before = file.read_bytes()
    await restored(store, file)
    assert file.read_bytes() == before
    assert await store.sql("SELECT version_num FROM alembic_version") == [(revision(SCHEMA_VERSION),)]


@pytest.mark.parametrize("damage", ["none there", "no database", "cut", "no backup", "newer"])
async def test_what_is_no_backup_changes_nothing(store: Store, tmp_path: Path, damage: str) -> None:
    file = await backup_of_another(tmp_path)
    expected = Code.BACKUP
    match damage:
        case "none there":
            file.unlink()
        case "no database":
            file.write_text("a shopping list\n" * 1000)
        case "cut":
            file.write_bytes(file.read_bytes()[:-8192])
        case "no backup":
            file = tmp_path / "another.db"
        case "newer":
            async with opened_at(Place(f"sqlite:///{file}")) as copy:
                await Store(copy).sql("UPDATE alembic_version SET version_num = '0007'")
            expected = Code.DATABASE_NEWER
        case _:
            pytest.fail(damage)
    await reach(store, State.AWAITING)
    before = await store.tables()
    with pytest.raises(VmdumpError) as refused:
        await restored(store, file, replace=True)
    assert refused.value.code is expected
    assert await store.tables() == before


async def test_a_backup_is_not_written_over_a_file_nor_into_nowhere(store: Store, tmp_path: Path) -> None:
    (tmp_path / "there.db").write_text("mine")
    for file in (tmp_path / "there.db", tmp_path / "nowhere" / "copy.db"):
        with pytest.raises(VmdumpError) as refused:
            await back_up(store.database, file, NOW)
        assert refused.value.code is Code.BACKUP
    assert (tmp_path / "there.db").read_text() == "mine"


async def test_a_backup_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    request_id = await reach(store, State.ASKED)

    async def write() -> None:
        for run in range(1, 30):
            step = Step(events=(RunStarted(run=run),), set={"run": run})
            await store.committer.commit(request_id, f"run/{run}", always(step))

    writing = asyncio.create_task(write())
    for number in range(3):
        await back_up(store.database, tmp_path / f"{number}.db", NOW)
    await writing
    for number in range(3):
        async with opened_at(Place(f"sqlite:///{tmp_path}/{number}.db")) as copy:
            reader = Store(copy).reader
            assert await reader.journal_fault(request_id) is None
            run = (await reader.request(request_id)).run
            assert len(await reader.journal(request_id)) == 1 + run


async def test_killed_in_the_middle_it_is_all_or_nothing(place: Place, tmp_path: Path) -> None:
    file = await backup_of_another(tmp_path)
    async with opened_at(place) as database:
        await Store(database).open(id="VD-8888", vm_key="old")
        before = await Store(database).tables()
    total = int(run_and_die(place, file, 10_000))
    async with opened_at(place) as database:
        await reset(Store(database), before)
    for after in sorted({1, total // 4, total // 2, 3 * total // 4, total - 1, total}):
        assert run_and_die(place, file, after) == ""
        async with opened_at(place) as database:
            assert await Store(database).tables() == before, f"killed after {after} of {total} statements"


def run_and_die(place: Place, file: Path, after: int) -> str:
    command = [sys.executable, "-m", "tests.unit.store.restoring"]
    words = [place.url, place.secret or "", str(file), str(after)]
    done = subprocess.run([*command, *words], capture_output=True, text=True)
    assert done.returncode in (0, -9), done.stderr
    return done.stdout.strip()


async def reset(store: Store, tables: dict[str, list[tuple[Any, ...]]]) -> None:
    """What the database held before."""
    for name, rows in tables.items():
        await store.sql(f"DELETE FROM {name}")  # noqa: S608
        for row in rows:
            marks = ", ".join("?" for _ in row)
            await store.sql(f"INSERT INTO {name} VALUES ({marks})", *row)  # noqa: S608


def test_every_state_has_a_way_out() -> None:
    for state in PATH:
        assert FOLLOWERS[state] & {State.CLOSED, State.ENDING}
