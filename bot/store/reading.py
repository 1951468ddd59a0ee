"""Questions to the database."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from bot.core.entry import Entry
from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestReadings
from bot.core.request import Request, State
from bot.store import journal, ledger, outbox
from bot.store.database import Database
from bot.store.tables import entries, journals, pictures, readings, requests

_READINGS: TypeAdapter[GuestReadings] = TypeAdapter(GuestReadings)


class Reader:
    """Reads; never writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(self, request_id: str) -> Request:
        """Raises ``VmdumpError(REQUEST_UNKNOWN)``."""
        found = await self._requests(requests.c.id == request_id)
        if not found:
            raise VmdumpError(Code.REQUEST_UNKNOWN, request=request_id)
        return found[0]

    async def opened_by(self, key: str) -> Request | None:
        """The request that a delivery opened."""
        journals = select(entries.c.journal).where(entries.c.key == key, entries.c.seq == 1)
        found = await self._requests(requests.c.id.in_(journals))
        return found[0] if found else None

    async def living(self) -> tuple[Request, ...]:
        return await self._requests(requests.c.living)

    async def closed_heads(self) -> dict[str, str]:
        """The newest hash of each closed request's journal."""

        def work(connection: Connection) -> dict[str, str]:
            query = select(journals.c.id, journals.c.head).join(requests, requests.c.id == journals.c.id)
            return {row.id: row.head for row in connection.execute(query.where(~requests.c.living))}

        return await self._database.read(work)

    async def by_message(self, channel: str, message: str) -> Request | None:
        """The request whose current approval message this is."""
        found = await self._requests(
            (requests.c.channel == channel) & (requests.c.approval_message == message)
        )
        return found[0] if found else None

    async def closed_of(self, vm_key: str) -> tuple[Request, ...]:
        """Closed requests for a VM, newest first."""
        found = await self._requests((requests.c.vm_key == vm_key) & ~requests.c.living)
        return tuple(sorted(found, key=lambda request: request.created_at, reverse=True))

    async def readings(self, vm_key: str) -> GuestReadings | None:
        """What the VM's guest told when it was last asked; None for one that never was."""

        def work(connection: Connection) -> GuestReadings | None:
            body = connection.execute(select(readings.c.body).where(readings.c.vm_key == vm_key)).scalar()
            return None if body is None else _READINGS.validate_json(body)

        return await self._database.read(work)

    async def in_states(self, states: frozenset[State]) -> tuple[Request, ...]:
        return await self._requests(requests.c.state.in_([s.value for s in states]))

    async def journal(self, journal_id: str) -> tuple[Entry, ...]:
        return await self._database.read(lambda c: journal.read_journal(c, journal_id))

    async def entry(self, journal_id: str, seq: int) -> Entry:
        return await self._database.read(lambda c: journal.read_entry(c, journal_id, seq))

    async def find(self, journal_id: str, key: str) -> Entry | None:
        return await self._database.read(lambda c: journal.find_key(c, journal_id, key))

    async def entries_under(self, journal_id: str, prefix: str) -> tuple[Entry, ...]:
        """The entries whose keys begin so, in order."""
        return await self._database.read(lambda c: journal.read_under(c, journal_id, prefix))

    async def newest_under(self, journal_id: str, prefix: str) -> Entry | None:
        """The last of them; None without one."""
        return await self._database.read(lambda c: journal.newest_under(c, journal_id, prefix))

    async def journal_fault(self, journal_id: str) -> str | None:
        return await self._database.read(lambda c: journal.journal_fault(c, journal_id))

    async def debts(self, request_id: str | None = None, *, only_open: bool) -> tuple[ledger.Debt, ...]:
        return await self._database.read(
            lambda c: ledger.read_debts(c, request=request_id, only_open=only_open)
        )

    async def unsent(self) -> tuple[outbox.Post, ...]:
        return await self._database.read(outbox.unsent)

    async def posts(self, journal_id: str) -> dict[int, str]:
        return await self._database.read(lambda c: outbox.posts_of(c, journal_id))

    async def picture(self, sha256: str) -> bytes:
        def work(connection: Connection) -> bytes:
            png = connection.execute(select(pictures.c.png).where(pictures.c.sha256 == sha256)).scalar_one()
            return bytes(png)

        return await self._database.read(work)

    async def _requests(self, where: object) -> tuple[Request, ...]:
        def work(connection: Connection) -> tuple[Request, ...]:
            query = select(requests.c.body).where(where).order_by(requests.c.id)  # type: ignore[arg-type]  # a column expression, whatever its class
            return tuple(Request.model_validate_json(body) for body in connection.execute(query).scalars())

        return await self._database.read(work)
