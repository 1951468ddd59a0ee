"""How to reach a host, as the settings say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class HostAccess:
    """The first that covers a host is the one that counts."""

    covers: Callable[[str], bool]
    """given a host's name in vCenter"""
    known_hosts: Path
    """OpenSSH ``known_hosts``; a host whose key is not there is not logged in to"""
    user: str = "root"
    password: Callable[[str], str] | None = field(default=None, repr=False)
    """called with the host's name at each login, never kept; given to either way of asking for one"""
    key_file: Path | None = None
    address: str | None = None
    """where to connect instead of the host's name"""
    port: int = 22
    services: tuple[str, ...] = ("TSM-SSH",)
    """ids of the host services that a login needs, in the order in which they are started"""
    legacy: bool = False
    """also offer what OpenSSH dropped: SHA-1 signatures and key exchange, CBC ciphers (ESXi 5.x)"""
    connect_seconds: float = 30.0
    """time for a port that just opened to answer, and for the login"""
    command_seconds: float = 30.0
    """time for one command"""

    def target(self, host_name: str) -> str:
        """Where to connect for a host."""
        return self.address or host_name
