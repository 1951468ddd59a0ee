"""How fast an earlier dump of a VM was written."""

from __future__ import annotations

from bot.core.estimate import Measured
from bot.core.events import DumpWritten, Judged
from bot.core.request import Outcome
from bot.store.reading import Reader

SHORTEST = 20.0
"""seconds: the guest is looked at every five by default, so what took less says little of a rate"""


async def measured_rate(reader: Reader, vm_key: str) -> Measured | None:
    """By the newest capture of it whose dump was proved; None where there is none."""
    for request in await reader.closed_of(vm_key):
        if request.outcome is not Outcome.CAPTURED:
            continue
        written = await reader.find(request.id, "dumped")
        events = [e.event for e in await reader.journal(request.id) if e.kind == Judged.kind]
        sizes = [event.file.size for event in events if isinstance(event, Judged)]
        event = None if written is None else written.event
        if not sizes or not isinstance(event, DumpWritten) or event.after_seconds < SHORTEST:
            continue
        size = sizes[-1]
        return Measured(rate=size / event.after_seconds, request=request.id, at=request.created_at)
    return None
