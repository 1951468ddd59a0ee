"""Restores a backup and kills itself at one of its statements: run by ``test_restoring.py``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.store.database import Database
from bot.store.restoring import restore_from
from tests.unit.core.things import NOW


async def main(url: str, secret: str, file: str, after: int) -> None:
    database = Database(url, (lambda: secret) if secret else None)
    await database.open()
    left = after

    @event.listens_for(Engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, _statement: str, *_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "commit")
    def before_commit(_connection: Any) -> None:
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    await restore_from(database, Path(file), replace=True, at=NOW)
    print(after - left, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
