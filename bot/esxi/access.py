"""How to reach a host, as the settings say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class SshServer:
    """One login: which keys the server may show, and who we are there."""

    known_hosts: Path
    """OpenSSH ``known_hosts``; a server whose key is not there is not logged in to"""
    user: str = "root"
    password: Callable[[str], str] | None = field(default=None, repr=False)
    """called with the server's name at each login, never kept; given to either way of asking for one"""
    key_file: Path | None = None
    port: int = 22
    legacy: bool = False
    """also offer what OpenSSH dropped: SHA-1 signatures and key exchange, CBC ciphers (ESXi 5.x)"""


@dataclass(frozen=True, kw_only=True)
class Bastion(SshServer):
    """A server through which hosts are reached; it sees no more than an encrypted stream."""

    host: str
    """name or address"""

    @property
    def endpoint(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class HostAccess(SshServer):
    """The first that covers a host is the one that counts."""

    covers: Callable[[str], bool]
    """given a host's name in vCenter"""
    match: str = ""
    """the same in the settings' words, for people"""
    address: str | None = None
    """where to connect instead of the host's name"""
    via: Bastion | None = None
    """the way to it; the address is looked up and connected to from there"""
    services: tuple[str, ...] = ("TSM-SSH",)
    """ids of the host services that a login needs, in the order in which they are started"""
    connect_seconds: float = 30.0
    """time for the bastion, for a port that just opened to answer, and for the login"""
    source: str | None = None
    """the address that the bot has as the host sees it"""
    shell_timeout: int | None = None
    """seconds after which the host itself shall stop what was started"""
    command_seconds: float = 30.0
    """time for one command"""

    def target(self, host_name: str) -> str:
        """Where to connect for a host."""
        return self.address or host_name

    def endpoint(self, host_name: str) -> str:
        return f"{self.target(host_name)}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class NoAccess:
    """Hosts to which there is no way, as the settings say in so many words."""

    covers: Callable[[str], bool]
