"""What the settings say of one vCenter and of its guests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
    call_seconds: float = 40.0
    """Longest time for one question or effect, with repetitions, logins and waiting for a thread. After it
    nothing that was given up is sent any more."""
    keep_alive_seconds: float = 600.0
    """vCenter forgets a session after 30 idle minutes [M]"""
    watch_seconds: float = 5.0
    """So often at least vCenter says whether its inventory changed. What was heard twice as long ago is not
    trusted to find VMs by."""
    login_pause_seconds: float = 60.0
    """no further login for so long after a refused one: a few wrong passwords lock an account"""
    threads: int = 4
    bundle_seconds: float = 1800.0
    """longest time for which a support bundle is read; how long one takes is not published [unknown]"""
    host_address: Callable[[str], tuple[str, int]] = field(default=lambda name: (name, 443))
    """where a host's own HTTPS is, given its name in vCenter"""

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class GuestRule:
    """The first that covers a machine is the one that counts."""

    covers: Callable[[Machine], bool]
    username: str
    password: Callable[[Machine], str] = field(repr=False)
    """called with the machine at each use, never kept"""
    dump_file: str | None = None
    """where the guest writes its dump"""
    guest_login: bool = False
    """whether it may be logged in to before the NMI"""
