"""Whether a record is whole and unaltered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.entry import SITE, Entry
from bot.core.events import HeadClosed
from bot.core.request import Request
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Proof:
    """What holds and what does not, each as a sentence."""

    holds: tuple[str, ...]
    faults: tuple[str, ...]


async def prove(reader: Reader, request: Request) -> Proof:
    """Checks the request's chain and the site's, and that the site's names the request's closing head.

    This proves only that the database agrees with itself; the head in the thread's last message is what a
    forger of the database cannot reach.
    """
    holds, faults = [], []
    for journal in (request.id, SITE):
        fault = await reader.journal_fault(journal)
        if fault is None:
            holds.append(f"journal {journal}: {len(await reader.journal(journal))} entries, the chain holds")
        else:
            faults.append(f"journal {journal}: {fault}")
    if faults:
        # Entries that do not hold prove nothing about each other.
        return Proof(tuple(holds), tuple(faults))
    entries = await reader.journal(request.id)
    if not request.living:
        closed = await reader.find(SITE, f"closed/{request.id}")
        fault = _head_fault(entries, closed)
        (holds if fault is None else faults).append(
            fault or f"the site journal names the head that {request.id} closed with"
        )
    holds.append(f"head {entries[-1].hash}")
    return Proof(tuple(holds), tuple(faults))


async def prove_site(reader: Reader) -> Proof:
    """Checks the site's chain, and that each request which it says was closed is there with that head.

    The other way round too: a closed request that the site does not name was slipped in.
    """
    fault = await reader.journal_fault(SITE)
    if fault is not None:
        return Proof((), (f"journal {SITE}: {fault}",))
    entries = await reader.journal(SITE)
    named = {event.request: entry for entry in entries if isinstance(event := entry.event, HeadClosed)}
    faults = []
    for request in sorted({*named, *await reader.closed_heads()}):
        fault = await reader.journal_fault(request)
        fault = fault or _head_fault(await reader.journal(request), named.get(request))
        if fault is not None:
            faults.append(f"journal {request}: {fault}")
    holds = [f"journal {SITE}: {len(entries)} entries, the chain holds"]
    if not faults:
        holds.append(f"{len(named)} closed requests, each with the head that it closed with")
    if entries:
        holds.append(f"head {entries[-1].hash}")
    return Proof(tuple(holds), tuple(faults))


def _head_fault(entries: tuple[Entry, ...], closed: Entry | None) -> str | None:
    event = None if closed is None else closed.event
    if not isinstance(event, HeadClosed):
        return "the request is closed, but the site journal does not say so"
    if len(entries) < event.seq or entries[event.seq - 1].hash != event.head:
        return f"entry {event.seq} is not the one that the site journal names as the closing one"
    return None
