"""One thing that happened: the only thing that is stored, posted, exported or counted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from bot.core.canonical import sha256_hex
from bot.core.value import Value

SITE = "site"
"""the journal of what has no request, and of every closed head"""
GENESIS = "0" * 64
"""what the first entry of a journal names as its forerunner"""


class Shows(StrEnum):
    """Where people see an entry. All of them are in the record."""

    THREAD = "thread"
    PRIVATE = "private"
    """one person only"""
    RECORD = "record"


class Event(Value):
    """What an entry tells. Subclasses are its kinds; ``messages`` has one rendering for each."""

    kind: ClassVar[str]
    shows: ClassVar[Shows]
    audited: ClassVar[bool]
    """whether the auditors' channel gets a copy, where there is one"""

    kinds: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, *, kind: str, shows: Shows, audited: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = kind
        cls.shows = shows
        cls.audited = audited
        if kind in Event.kinds:
            raise TypeError(f"two kinds of entry are called {kind}")
        Event.kinds[kind] = cls


class Entry(Value):
    """An event at its place in a journal."""

    journal: str
    """id of the request, or ``SITE``"""
    seq: int
    """from 1, without gaps"""
    key: str
    """the business key: a second commit under it changes nothing"""
    kind: str
    at: datetime
    actor: str
    """a person's chat id, or ``vmdump``"""
    data: dict[str, Any]
    previous: str
    hash: str

    @property
    def event(self) -> Event:
        """The typed event; raises ``KeyError`` or ``ValidationError`` for what this version does not know."""
        return Event.kinds[self.kind].model_validate(self.data)


def entry_hash(entry: Entry) -> str:
    """The hash that an entry should carry."""
    return sha256_hex(entry.model_dump(mode="json", exclude={"hash"}))


def chain(
    journal: str, seq: int, previous: str, *, key: str, at: datetime, actor: str, event: Event
) -> Entry:
    """The entry that follows ``previous``."""
    bare = Entry(
        journal=journal,
        seq=seq,
        key=key,
        kind=event.kind,
        at=at,
        actor=actor,
        data=event.model_dump(mode="json"),
        previous=previous,
        hash="",
    )
    return bare.model_copy(update={"hash": entry_hash(bare)})


def first_fault(entries: tuple[Entry, ...]) -> str | None:
    """Why the chain does not hold, or None. An empty journal holds."""
    previous = GENESIS
    for place, entry in enumerate(entries, start=1):
        if entry.seq != place:
            return f"entry {place} is missing (the next one there is {entry.seq})"
        if entry.previous != previous:
            return f"entry {place} does not follow entry {place - 1}"
        if entry_hash(entry) != entry.hash:
            return f"entry {place} was altered"
        previous = entry.hash
    return None
