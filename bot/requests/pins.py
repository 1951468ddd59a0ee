"""Host keys that admins pinned or took back: entries of the site journal, so nobody replaces one unseen.

A host's entries are numbered, and each number counts once: odd ones pin, even ones take that back. The last
one tells what holds. So of two admins who act at once one is the first, and the other is told so. A key in
``known_hosts`` counts before any pin.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.canonical import sha256_hex
from bot.core.entry import SITE
from bot.core.events import HostKeyPinned, HostKeyUnpinned
from bot.store.reading import Reader


def pin_key(host_name: str, number: int) -> str:
    """The business key of a host's pin or its taking back; names are blind to case, as in vCenter.

    The first has no number: it is older than the others.
    """
    key = f"host-key/{sha256_hex(host_name.casefold())}"
    return key if number == 1 else f"{key}/{number}"


@dataclass(frozen=True, slots=True)
class PinHistory:
    """What became of a host's pins, the oldest first."""

    events: tuple[HostKeyPinned | HostKeyUnpinned, ...]

    @property
    def pin(self) -> HostKeyPinned | None:
        """What is pinned now."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, HostKeyPinned) else None

    def until(self, number: int) -> PinHistory:
        """How it was before that number."""
        return PinHistory(self.events[: number - 1])

    @property
    def next(self) -> int:
        return len(self.events) + 1

    def number(self, delivery: str) -> int | None:
        """Of what a delivery wrote before: it may come twice, and other acts in between."""
        return next((n for n, e in enumerate(self.events, start=1) if e.delivery == delivery), None)


async def pin_history(reader: Reader, host_name: str) -> PinHistory:
    found: list[HostKeyPinned | HostKeyUnpinned] = []
    while (entry := await reader.find(SITE, pin_key(host_name, len(found) + 1))) is not None:
        event = entry.event
        if not isinstance(event, HostKeyPinned | HostKeyUnpinned):
            break
        found.append(event)
    return PinHistory(tuple(found))


async def pin_of(reader: Reader, host_name: str) -> HostKeyPinned | None:
    """What is pinned for a host, if anything is."""
    return (await pin_history(reader, host_name)).pin
