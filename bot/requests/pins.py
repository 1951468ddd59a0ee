"""Host keys that admins pinned: entries of the site journal, so that nobody replaces one unseen.

A pin is the entry under its host's key, and a key counts once: a second pin of a host changes nothing. A host
that shows another key later is put into ``known_hosts`` by hand, which counts before any pin.
"""

from __future__ import annotations

from bot.core.canonical import sha256_hex
from bot.core.entry import SITE
from bot.core.events import HostKeyPinned
from bot.store.reading import Reader


def pin_key(host_name: str) -> str:
    """The business key of a host's pin; names are blind to case, as in vCenter."""
    return f"host-key/{sha256_hex(host_name.casefold())}"


async def pin_of(reader: Reader, host_name: str) -> HostKeyPinned | None:
    """What is pinned for a host, if anything is."""
    entry = await reader.find(SITE, pin_key(host_name))
    event = None if entry is None else entry.event
    return event if isinstance(event, HostKeyPinned) else None
