"""What the settings say of one vCenter and of its guests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from bot.core.target import Machine


@dataclass(frozen=True)
class VCenterEndpoint:
    """How to reach a vCenter, and what to trust it by."""

    name: str
    """as in the settings, for people"""
    host: str
    username: str
    password: Callable[[], str] = field(repr=False)
    """called at each login, never kept"""
    port: int = 443
    ca_file: Path | None = None
    """PEM; the system's authorities where None"""
    pinned_sha256: str | None = None
    """SHA-256 of the server's certificate in hexadecimal, colons or not; replaces the check by authorities"""
    insecure: bool = False
    """accept any certificate"""
    legacy_tls: bool = False
    """also accept TLS 1.0 and weak ciphers (vCenter 5.x)"""
    socket_seconds: float = 30.0
    """longest silence on a connection"""
    call_seconds: float = 90.0
    """longest time for one question or effect, all repetitions and waiting for a thread included"""
    keep_alive_seconds: float = 600.0
    """vCenter forgets a session after 30 idle minutes [M]"""
    login_pause_seconds: float = 60.0
    """no further login for so long after a refused one: a few wrong passwords lock an account"""
    threads: int = 4

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class GuestRule:
    """The first that fits a machine is the one that counts."""

    family: str | None = None
    """``windows``, ``linux`` or ``other``; None fits all"""
    folder: str = "*"
    """glob over the machine's inventory path; ``*`` crosses slashes"""
    username: str | None = None
    password: Callable[[], str] | None = field(default=None, repr=False)
    """called at each use, never kept"""
    dump_file: str | None = None
    """where the guest writes its dump"""

    def fits(self, machine: Machine) -> bool:
        return self.family in (None, machine.family) and fnmatchcase(machine.path, self.folder)
