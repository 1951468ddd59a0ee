"""What was recorded cannot be changed unseen: not in the database, not in the thread."""

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import inspection
from bot.core.entry import SITE, Entry, entry_hash
from bot.demo.judging import kind_of
from bot.demo.site import credentials
from bot.demo.stage import Stage
from bot.settings.loading import load

pytestmark = pytest.mark.slow


@dataclass
class Closed:
    """A denied request whose bot was stopped."""

    stage: Stage
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.record["request"]["id"])

    async def verify(self, *, thread: bool = True) -> tuple[int, str]:
        """``vmdump verify`` without the second that a process takes to start."""
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            status = await inspection.verify(load(self.stage.config), self.id, thread=thread)
        return status, output.getvalue()

    def message(self, kind: str) -> Any:
        return next(m for m in self.stage.messages() if kind_of(m, self.record) == kind)


@pytest.fixture
async def closed_request(lab: Stage, monkeypatch: pytest.MonkeyPatch) -> Closed:
    for name, value in credentials(lab.worlds, lab.slack).items():
        monkeypatch.setenv(name, value)
    await lab.start_bot()
    await lab.ask()
    await lab.react("bob", await lab.approval_message(), "x")
    request = Closed(lab, await lab.closed())
    status, output = await lab.run("verify", request.id)
    assert status == 0, output
    assert f"head {request.record['head']}" in output
    assert "3 messages are the same, 0 differ or are gone" in output
    assert await lab.stop_bot() == 0
    return request


async def test_what_was_changed_is_named(closed_request: Closed, tmp_path: Path) -> None:
    await record_is_written_again(closed_request, tmp_path)
    await database_is_forged(closed_request, tmp_path)
    await thread_is_edited(closed_request)


async def database_is_forged(closed_request: Closed, tmp_path: Path) -> None:
    request, database = closed_request.id, tmp_path / "vmdump.db"
    safe = tmp_path / "safe.db"
    shutil.copy(database, safe)
    for forge, fault in FORGERIES:
        with closing(sqlite3.connect(database)) as connection, connection:
            forge(connection, request)
        status, output = await closed_request.verify()
        assert status == 1, fault
        assert fault.format(id=request) in output
        if forge is alter_an_entry:
            # The same from the command line.
            status, output = await closed_request.stage.run("verify", request)
            assert status == 1
            assert fault.format(id=request) in output
            assert "Traceback" not in output
        shutil.copy(safe, database)


def alter_an_entry(connection: sqlite3.Connection, request: str) -> None:
    body = entries(connection, request)[1]
    body["data"]["reason"] = "none of your business"
    write(connection, body)


def alter_the_site(connection: sqlite3.Connection, request: str) -> None:
    body = entries(connection, SITE)[0]
    body["data"]["outcome"] = "captured"
    write(connection, body)


def drop_the_last_entry(connection: sqlite3.Connection, request: str) -> None:
    last = entries(connection, request)[-1]
    connection.execute("DELETE FROM entries WHERE journal = ? AND seq = ?", (request, last["seq"]))


def drop_one_in_the_middle(connection: sqlite3.Connection, request: str) -> None:
    connection.execute("DELETE FROM entries WHERE journal = ? AND seq = 2", (request,))


def break_an_entry(connection: sqlite3.Connection, request: str) -> None:
    connection.execute("UPDATE entries SET body = '{' WHERE journal = ? AND seq = 3", (request,))


def forget_a_message(connection: sqlite3.Connection, request: str) -> None:
    connection.execute("DELETE FROM outbox WHERE journal = ? AND seq = 4", (request,))


def cut_the_end_off(connection: sqlite3.Connection, request: str) -> None:
    """The journal's own row is changed to fit; the site journal is not."""
    drop_the_last_entry(connection, request)
    seal(connection, request)


def forge_everything(connection: sqlite3.Connection, request: str) -> None:
    """Whoever can write the database can make it agree with itself, but not with what Slack shows."""
    body = entries(connection, request)[0]
    body["data"]["reason"] = "routine"
    write(connection, body)
    head = seal(connection, request)
    site = next(e for e in entries(connection, SITE) if e["kind"] == "head-closed")
    site["data"]["head"] = head
    write(connection, site)
    seal(connection, SITE)


FORGERIES: list[tuple[Callable[[sqlite3.Connection, str], None], str]] = [
    (alter_an_entry, "NOT WELL: journal {id}: entry 2 was altered"),
    (alter_the_site, "NOT WELL: journal site: entry 1 was altered"),
    (drop_the_last_entry, "NOT WELL: journal {id}: the journal ends at entry 4, but 5 were written"),
    (drop_one_in_the_middle, "NOT WELL: journal {id}: entry 2 is missing"),
    (break_an_entry, "NOT WELL: journal {id}: entry 3 cannot be read"),
    (forget_a_message, "NOT WELL: entry 4 (voted) is not known to have reached the thread"),
    (cut_the_end_off, "NOT WELL: entry 5 is not the one that the site journal names as the closing one"),
    (forge_everything, "NOT WELL: the message of entry 5 (closed) differs from the journal"),
]


def entries(connection: sqlite3.Connection, journal: str) -> list[dict[str, Any]]:
    rows = connection.execute("SELECT body FROM entries WHERE journal = ? ORDER BY seq", (journal,))
    return [json.loads(body) for (body,) in rows]


def write(connection: sqlite3.Connection, body: dict[str, Any]) -> None:
    connection.execute(
        "UPDATE entries SET body = ? WHERE journal = ? AND seq = ?",
        (json.dumps(body), body["journal"], body["seq"]),
    )


def seal(connection: sqlite3.Connection, journal: str) -> str:
    """Computes every hash of a journal anew; its head."""
    head = "0" * 64
    for body in entries(connection, journal):
        entry = Entry.model_validate({**body, "previous": head})
        head = entry_hash(entry)
        write(connection, entry.model_copy(update={"hash": head}).model_dump(mode="json"))
    connection.execute(
        "UPDATE journals SET head = ?, seq = (SELECT max(seq) FROM entries WHERE journal = ?) WHERE id = ?",
        (head, journal, journal),
    )
    return head


async def thread_is_edited(closed_request: Closed) -> None:
    workspace = closed_request.stage.slack.workspace
    vote = closed_request.message("voted")
    workspace.edit(vote, text=vote.text.replace("Denied", "Approved"), blocks=None, metadata=None)
    status, output = await closed_request.verify()
    assert status == 1
    assert "NOT WELL: the message of entry 4 (voted) differs from the journal" in output
    assert "2 messages are the same, 1 differ or are gone" in output

    del workspace.channel("inc-42").messages[vote.ts]
    status, output = await closed_request.verify()
    assert status == 1
    assert "NOT WELL: the message of entry 4 (voted) is gone from the thread" in output

    status, output = await closed_request.verify(thread=False)
    assert status == 0, output

    # Slack is away: what can be proved is, and the rest is said not to be.
    for method in ("auth.test", "conversations.replies"):
        closed_request.stage.slack.fault(method, "http_500", times=3)
        status, output = await closed_request.verify()
        assert status == 1
        assert "the chain holds" in output
        assert "NOT WELL: the thread could not be read: Slack cannot be reached" in output


async def record_is_written_again(closed_request: Closed, tmp_path: Path) -> None:
    stage, request = closed_request.stage, closed_request.id
    out = tmp_path / "new" / "folder"
    status, output = await stage.run("record", request.lower(), "--out", str(out))
    assert status == 0, output
    assert output.splitlines() == [f"{out / request}.md", f"{out / request}.json"]
    for ending in ("md", "json"):
        again = (out / f"{request}.{ending}").read_bytes()
        assert again == (tmp_path / "records" / f"{request}.{ending}").read_bytes()

    status, output = await stage.run("record", "VD-AAAA", "--out", str(out))
    assert (status, output.count("\n")) == (1, 1)
    assert "There is no request VD-AAAA" in output

    taken = tmp_path / "vmdump.db"
    said = io.StringIO()
    with redirect_stderr(said):
        assert await inspection.write(load(stage.config), request, taken) == 1
    assert said.getvalue().startswith(f"vmdump: the record cannot be written to {taken}: ")
