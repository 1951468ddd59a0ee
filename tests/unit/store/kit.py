"""A database in a file, a clock that stands still, and a request on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.change import ChangeState
from bot.core.events import Asked
from bot.core.request import Request
from bot.store.commit import Committed, Committer, Step
from bot.store.database import Database
from bot.store.ledger import Debt
from bot.store.reading import Reader
from tests.unit.core.things import ALICE, CHANNEL, NOW, REQUEST, change, request


class FakeClock:
    """Moves only when it is told to, or when somebody pauses on it."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def pause(self, seconds: float) -> None:
        """Stands for ``asyncio.sleep``."""
        self.advance(seconds)


def opened(folder: Path) -> AbstractAsyncContextManager[Database]:
    """SQLite's."""
    return opened_at(Place(f"sqlite:///{folder}/vmdump.db"))


@dataclass(frozen=True, slots=True)
class Place:
    """A database for one test."""

    url: str
    secret: str | None = None

    @property
    def password(self) -> Callable[[], str] | None:
        secret = self.secret
        return None if secret is None else lambda: secret

    def database(self) -> Database:
        return Database(self.url, self.password)


@asynccontextmanager
async def opened_at(place: Place) -> AsyncIterator[Database]:
    database = place.database()
    await database.open()
    try:
        yield database
    finally:
        await database.close()


class Store:
    """All that writes and reads."""

    def __init__(self, database: Database, clock: FakeClock | None = None) -> None:
        self.database = database
        self.clock = clock or FakeClock()
        self.committer = Committer(database, self.clock)
        self.reader = Reader(database)

    async def open(self, key: str = "delivery/1", **changed: Any) -> Committed:
        new = request(**changed)
        return await self.committer.open(new, key, asked(new), actor=new.requester)

    async def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a person with the database's file can do."""

        def work(connection: Any) -> list[tuple[Any, ...]]:
            mark = "?" if self.database.sqlite else "%s"
            result = connection.exec_driver_sql(statement.replace("?", mark), values)
            return [tuple(row) for row in result] if result.returns_rows else []

        return await self.database.write(work)

    async def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is stored."""
        names = ("journals", "entries", "requests", "ledger", "outbox", "inbox", "pictures", "readings")
        return {name: await self.sql(f"SELECT * FROM {name} ORDER BY 1, 2") for name in names}  # noqa: S608


def always(step: Step) -> Callable[[Request], Step]:
    """A decision that does not depend on the row."""
    return lambda _: step


def asked(of: Request) -> Asked:
    return Asked(
        query=of.vm_name,
        vm=of.vm_name,
        reason=of.reason,
        requester=ALICE,
        channel=CHANNEL,
        rules=("production",),
        policy_sha256="0" * 64,
    )


def debt(number: int = 1, of: str = REQUEST, **changed: Any) -> Debt:
    values: dict[str, Any] = {
        "change_id": f"{of}/{number}",
        "request": of,
        "change": change(),
        "state": ChangeState.INTENDED,
        "intended_at": NOW,
    }
    return Debt(**(values | changed))
