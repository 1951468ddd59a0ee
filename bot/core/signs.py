"""What can be seen of a guest from outside, at one moment."""

from __future__ import annotations

from datetime import datetime

from bot.core.value import Value


class Signs(Value):
    """One reading of a VM's signs of life, in one question to vCenter."""

    read_at: datetime
    power: str
    heartbeat: str
    """``green``, ``yellow``, ``red`` or ``gray``"""
    tools: str
    guest_state: str
    guest_operations_ready: bool | None
    kernel_crashed: bool | None
    """None where the server's API (before 6.0) does not tell"""
    question: str | None
    host_moid: str


class Happening(Value):
    """A vCenter event about the VM that bears on a crash."""

    kind: str
    """the event's type, ``VmGuestRebootEvent``"""
    at: datetime
    """vCenter's clock"""
    text: str
    user: str = ""
    """the account that vCenter names for it; empty for its own doings"""
    screenshot: str | None = None
    """datastore path of the picture that HA took before it reset the VM"""


class GuestFile(Value):
    """A file in the guest."""

    path: str
    size: int
    """bytes"""
    modified_at: datetime
    """the guest's clock"""
