"""The lock of PostgreSQL's kind: one holder, freed by any death, and the end of whoever loses it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.errors import Code, VmdumpError
from bot.store import session_lock
from bot.store.instance_lock import alone_on
from bot.store.session_lock import LOST, SessionLock
from tests.postgres import Server
from tests.unit.store.kit import Place

HOLD = """
import sys
from bot.store.session_lock import SessionLock
SessionLock(sys.argv[1], lambda: sys.argv[2]).take()
print("held", flush=True)
sys.stdin.read()
"""
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'vmdump %% on %%'"


@pytest.fixture
def place(postgres: Server) -> Iterator[Place]:
    with postgres.database() as url:
        yield Place(url, postgres.password)


@contextmanager
def holder(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has it."""
    command = [sys.executable, "-c", HOLD, place.url, place.secret or ""]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def sessions(postgres: Server, place: Place) -> list[int]:
    return [row[0] for row in postgres.sql(SESSIONS, place.url.rpartition("/")[2])]


def test_the_holder_is_named_and_its_death_frees_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_lock, "PATIENCE_MS", 100)
    lock = SessionLock(place.url, place.password)
    with holder(place) as other:
        with pytest.raises(VmdumpError) as refused:
            lock.take()
        assert refused.value.code is Code.ALREADY_RUNNING
        assert str(refused.value.params["pid"]).startswith(f"{other.pid} on ")
        assert place.url in str(refused.value.params["lock"])
        # A frozen holder keeps it.
        other.send_signal(signal.SIGSTOP)
        with pytest.raises(VmdumpError):
            lock.take()
    monkeypatch.undo()
    # Taken while the server may still be busy with the other's death.
    lock.take()
    lock.release()


async def test_the_lock_is_free_after_leaving(place: Place, postgres: Server) -> None:
    for _ in range(2):
        async with alone_on(place.url, place.password):
            assert len(sessions(postgres, place)) == 1


def test_each_database_has_its_own(place: Place, postgres: Server) -> None:
    with holder(place), postgres.database() as url:
        lock = SessionLock(url, place.password)
        lock.take()
        lock.release()


def test_whoever_loses_the_session_ends_at_once(place: Place, postgres: Server) -> None:
    with holder(place) as other:
        (session,) = sessions(postgres, place)
        postgres.sql("SELECT pg_terminate_backend(%s)", session)
        assert other.wait() == LOST
        assert other.stderr is not None
        said = other.stderr.read().decode()
    assert f"the lock on {place.url} is lost" in said


def test_news_from_the_server_are_no_loss(place: Place, postgres: Server) -> None:
    """A changed setting is told to every session."""
    lost = threading.Event()
    lock = SessionLock(place.url, place.password, lambda _: lost.set())
    lock.take()
    postgres.sql("ALTER SYSTEM SET TimeZone = 'Asia/Tokyo'")
    postgres.sql("SELECT pg_reload_conf()")
    postgres.sql("SELECT 1")
    assert not lost.is_set()
    (session,) = sessions(postgres, place)
    postgres.sql("SELECT pg_terminate_backend(%s)", session)
    assert lost.wait(30)
    lock.release()


def test_no_server_is_told_with_its_place() -> None:
    with pytest.raises(VmdumpError) as refused:
        SessionLock("postgresql://vmdump@127.0.0.1:1/vmdump", None).take()
    assert refused.value.code is Code.DATABASE
    assert "127.0.0.1:1" in str(refused.value.params["place"])


def test_a_lock_that_was_never_taken_can_be_released() -> None:
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir()))
    SessionLock("postgresql://vmdump@127.0.0.1:1/vmdump", None).release()
    assert len(list(open_files.iterdir())) == before
