"""Rehearsals, and the keys that they show."""

from __future__ import annotations

from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import RECORD, THREAD, Params
from bot.core.rehearsal import Part


class RehearsalRead(Event, kind="rehearsal-read", shows=RECORD):
    """What was seen on the host, kept before it is closed again."""

    host: str
    world_id: int | None
    parts: tuple[Part, ...]
    """in the order in which they were tried; the one that failed is not among them"""
    failed: str | None
    """name of the part that failed"""
    code: Code | None
    params: Params


class Rehearsed(Event, kind="rehearsed", shows=THREAD):
    """All that a capture does but the NMI was done."""

    vm: str
    host: str
    world_id: int | None
    """None where no route needs it"""
    parts: tuple[Part, ...]


class RehearsalFailed(Event, kind="rehearsal-failed", shows=THREAD):
    """A capture would have failed here as well."""

    vm: str
    host: str
    parts: tuple[Part, ...]
    """those that went well"""
    failed: str
    code: Code
    params: Params


class HostKeyShown(Event, kind="host-key-shown", shows=THREAD):
    """A host showed a key while none of it was pinned; nothing was sent to it."""

    host: str
    algorithm: str
    fingerprint: str
    """``SHA256:`` and 43 characters, as ``ssh-keygen -l`` prints it"""
    public_key: str
    """in OpenSSH's form, without a comment"""


class HostKeyPinned(Event, kind="host-key-pinned", shows=THREAD, audited=True):
    """In the site journal this is the pin itself, in the request's it tells the thread."""

    host: str
    fingerprint: str
    public_key: str
    request: str
    person: str
    groups: tuple[str, ...]
    policy_sha256: str
    delivery: str = ""
    """which wrote it; older entries do not say"""


class HostKeyUnpinned(Event, kind="host-key-unpinned", shows=THREAD, audited=True):
    """The pin counts no more. In the site journal, and told where the pin was told."""

    host: str
    fingerprint: str
    public_key: str
    request: str
    """whose rehearsal had shown the key"""
    person: str
    groups: tuple[str, ...]
    policy_sha256: str
    delivery: str
