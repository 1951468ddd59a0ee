"""The one way in which anything is written: state, entry, debt and post in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bot.core.entry import SITE, Entry, Event, Shows
from bot.core.errors import Code, VmdumpError
from bot.core.events import HeadClosed
from bot.core.guest_readings import GuestReadings
from bot.core.request import Request, State
from bot.store.clock import Clock
from bot.store.database import Database
from bot.store.insert_once import insert_once
from bot.store.journal import append, find_key, lock_journal
from bot.store.ledger import Debt, write_debt
from bot.store.outbox import Address, enqueue
from bot.store.tables import entries, pictures, readings, requests

BOT = "vmdump"


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction does to a request."""

    events: tuple[Event, ...]
    to: State | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    """fields of the request that change with it"""
    debts: tuple[Debt, ...] = ()
    private: Address | None = None
    """where events that one person sees are shown"""
    quiet: bool = False
    """nothing goes to the thread: it ends before there is one"""


def always(step: Step) -> Callable[[Request], Step]:
    """For what needs no look at the row: whether it may follow is checked all the same."""
    return lambda _: step


@dataclass(frozen=True, slots=True)
class Committed:
    request: Request
    entries: tuple[Entry, ...]
    new: bool
    """False if the key was known: nothing was changed, the entries are those stored"""


class WrongState(Exception):
    """The transition is not allowed from the state that the request is in now."""

    def __init__(self, request: Request, to: State) -> None:
        super().__init__(f"{request.id} is {request.state}, not on the way to {to}")
        self.request = request


class Committer:
    """Writes requests and their journals."""

    def __init__(self, database: Database, clock: Clock, audit: str | None = None) -> None:
        """``audit``: the channel that gets copies of requests and decisions."""
        self._database = database
        self._clock = clock
        self._audit = audit

    async def open(self, request: Request, key: str, event: Event, *, actor: str) -> Committed:
        """Starts a request. Raises ``VmdumpError(VM_BUSY)`` if its VM has a living one."""

        def work(connection: Connection) -> Committed:
            known = connection.execute(
                select(entries.c.journal).where(entries.c.key == key, entries.c.seq == 1)
            ).scalar()
            if known is not None:
                return Committed(_read(connection, known), _stored(connection, known, key), new=False)
            holder = connection.execute(
                select(requests.c.id).where(requests.c.vm_key == request.vm_key, requests.c.living)
            ).scalar()
            if holder is not None:
                raise VmdumpError(Code.VM_BUSY, vm=request.vm_name, request=holder)
            connection.execute(requests.insert().values(id=request.id, **_columns(request)))
            added = append(connection, request.id, [(key, event)], at=request.created_at, actor=actor)
            _copy(connection, self._audit, added, (event,), of=request.channel)
            return Committed(request, added, new=True)

        try:
            return await self._database.write(work)
        except IntegrityError:
            # Somebody opened one for the same VM between our look and our insert.
            return await self._database.write(work)

    async def commit(
        self, request_id: str, key: str, decide: Callable[[Request], Step], *, actor: str = BOT
    ) -> Committed:
        """One transaction on a request's row; ``decide`` is pure and sees the row as it is locked.

        A known key changes nothing and returns what is stored. Raises ``WrongState``
        for a transition that is not allowed, ``ThingTaken`` for a debt on a thing that another request holds,
        and whatever ``decide`` raises; then nothing is written.
        """
        now = self._clock.now()
        return await self._database.write(
            lambda connection: apply(
                connection, request_id, key, decide, at=now, actor=actor, audit=self._audit
            )
        )

    async def note(
        self, key: str, event: Event, *, actor: str, private: Address | None = None
    ) -> tuple[Entry, ...]:
        """Writes what has no request into the site journal."""
        now = self._clock.now()
        return await self._database.write(
            lambda connection: note(
                connection, key, event, at=now, actor=actor, private=private, audit=self._audit
            )
        )

    async def keep_picture(self, sha256: str, png: bytes) -> None:
        def work(connection: Connection) -> None:
            known = connection.execute(select(pictures.c.sha256).where(pictures.c.sha256 == sha256)).scalar()
            if known is None:
                insert_once(connection, pictures.insert().values(sha256=sha256, png=png))

        await self._database.write(work)

    async def keep_readings(self, vm_key: str, told: GuestReadings) -> None:
        """Over what the same guest told before."""

        def work(connection: Connection) -> None:
            values = {"body": told.model_dump_json()}
            updated = connection.execute(
                readings.update().where(readings.c.vm_key == vm_key).values(**values)
            )
            if updated.rowcount == 0:
                insert_once(connection, readings.insert().values(vm_key=vm_key, **values))

        await self._database.write(work)


def apply(
    connection: Connection,
    request_id: str,
    key: str,
    decide: Callable[[Request], Step],
    *,
    at: datetime,
    actor: str = BOT,
    audit: str | None = None,
) -> Committed:
    """``Committer.commit`` within a transaction that does more."""
    lock_journal(connection, request_id)
    before = _read(connection, request_id)
    if find_key(connection, request_id, key) is not None:
        return Committed(before, _stored(connection, request_id, key), new=False)
    step = decide(before)
    changed = {**step.set, **({} if step.to is None else {"state": step.to})}
    after = before.model_copy(update=changed)
    if step.to is not None and not before.may_become(after):
        raise WrongState(before, step.to)
    added = append(connection, request_id, _keyed(key, step.events), at=at, actor=actor)
    connection.execute(requests.update().where(requests.c.id == request_id).values(**_columns(after)))
    for debt in step.debts:
        write_debt(connection, debt)
    for entry, event in zip(added, step.events, strict=True):
        address = _address(event, after, step.private)
        if address is not None and not (step.quiet and event.shows is Shows.THREAD):
            enqueue(connection, entry, address, at)
    _copy(connection, audit, added, step.events, of=after.channel)
    if after.state is State.CLOSED and before.state is not State.CLOSED:
        _close(connection, after, added[-1])
    return Committed(after, added, new=True)


def note(
    connection: Connection,
    key: str,
    event: Event,
    *,
    at: datetime,
    actor: str = BOT,
    private: Address | None = None,
    audit: str | None = None,
) -> tuple[Entry, ...]:
    """``Committer.note`` within a transaction that does more."""
    lock_journal(connection, SITE)
    if find_key(connection, SITE, key) is not None:
        return _stored(connection, SITE, key)
    added = append(connection, SITE, _keyed(key, (event,)), at=at, actor=actor)
    if event.shows is Shows.PRIVATE and private is not None:
        enqueue(connection, added[0], private, at)
    _copy(connection, audit, added, (event,), of="" if private is None else private.channel)
    return added


def _read(connection: Connection, request_id: str) -> Request:
    body = connection.execute(select(requests.c.body).where(requests.c.id == request_id)).scalar()
    if body is None:
        raise VmdumpError(Code.REQUEST_UNKNOWN, request=request_id)
    return Request.model_validate_json(body)


def _columns(request: Request) -> dict[str, Any]:
    return {
        "vm_key": request.vm_key,
        "living": request.living,
        "state": request.state.value,
        "channel": request.channel,
        "approval_message": request.approval_message,
        "body": request.model_dump_json(),
    }


def _keyed(key: str, events: tuple[Event, ...]) -> list[tuple[str, Event]]:
    return [(key if n == 1 else f"{key}+{n}", event) for n, event in enumerate(events, start=1)]


def _stored(connection: Connection, journal: str, key: str) -> tuple[Entry, ...]:
    found = []
    n, entry = 1, find_key(connection, journal, key)
    while entry is not None:
        found.append(entry)
        n += 1
        entry = find_key(connection, journal, f"{key}+{n}")
    return tuple(found)


def _address(event: Event, request: Request, private: Address | None) -> Address | None:
    match event.shows:
        case Shows.THREAD:
            return Address(channel=request.channel)
        case Shows.PRIVATE:
            return private
        case Shows.RECORD:
            return None


def _copy(
    connection: Connection,
    audit: str | None,
    added: tuple[Entry, ...],
    events: tuple[Event, ...],
    *,
    of: str,
) -> None:
    """Requests and decisions for the auditors' channel, in the transaction that made them."""
    if audit is not None:
        for entry, event in zip(added, events, strict=True):
            if event.audited:
                enqueue(connection, entry, Address(channel=audit, copy_of=of), entry.at)


def _close(connection: Connection, request: Request, last: Entry) -> None:
    """Publishes the closed head in the site journal, so that a request cannot vanish whole."""
    assert request.outcome is not None  # noqa: S101  # closing without an outcome is a mistake of ours
    head = HeadClosed(request=request.id, outcome=request.outcome, seq=last.seq, head=last.hash)
    append(connection, SITE, [(f"closed/{request.id}", head)], at=last.at, actor=BOT)
