"""What is known, before any login, of the key that a server on the way to a host may show."""

from __future__ import annotations

from typing import Literal

from bot.core.value import Value


class KnownKey(Value):
    server: Literal["host", "bastion"]
    file: str
    """the ``known_hosts`` that counts for it"""
    types: tuple[str, ...] = ()
    """of the keys that would be accepted, such as ``ssh-ed25519``; none where no key is known"""
    pinned: bool = False
    """whether an admin pinned it, since the file knows none"""
    unread: str | None = None
    """why nothing of that could be read"""
