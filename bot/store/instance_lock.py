"""One living process per database: who runs is told by a lock held for life, never by a heartbeat."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.core.errors import Code, VmdumpError
from bot.store import engines
from bot.store.engines import Password
from bot.store.session_lock import SessionLock


@asynccontextmanager
async def alone_on(url: str, password: Password | None = None) -> AsyncIterator[None]:
    """Nobody else has this database meanwhile: a file's lock beside SQLite, a session's in PostgreSQL.

    Raises ``VmdumpError(ALREADY_RUNNING)`` while another process has it.
    """
    parsed = engines.parse(url)
    if parsed.get_backend_name() == "sqlite":
        with sole_process(Path(parsed.database or "")):
            yield
        return
    lock = SessionLock(url, password)
    await asyncio.to_thread(lock.take)
    try:
        yield
    finally:
        # Not in a thread: the loop's are gone by now, since the engine took them over and has ended.
        lock.release()


@contextmanager
def sole_process(database_file: Path) -> Iterator[None]:
    """Holds ``<database>.lock``; raises ``VmdumpError(ALREADY_RUNNING)`` while another process does.

    The kernel lets go of it when the process ends, however it ends.
    """
    path = database_file.with_name(database_file.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise VmdumpError(Code.ALREADY_RUNNING, lock=str(path), pid=holder) from error
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
