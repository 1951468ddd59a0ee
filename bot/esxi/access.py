"""How to reach a host, as the settings say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True)
class HostAccess:
    """The first whose ``match`` fits a host's name is the one that counts."""

    match: str
    """glob over the host's name in vCenter, in any case"""
    known_hosts: Path
    """OpenSSH ``known_hosts``; a host whose key is not there is not logged in to"""
    user: str = "root"
    password: Callable[[], str] | None = field(default=None, repr=False)
    """called at each login, never kept; answers ``password`` and ``keyboard-interactive``"""
    key_file: Path | None = None
    port: int = 22
    addresses: Mapping[str, str] = field(default_factory=dict)
    """host name to address, where the name does not resolve"""
    services: tuple[str, ...] = ("TSM-SSH",)
    """ids of the host services that a login needs, in the order in which they are started"""
    legacy: bool = False
    """also offer what OpenSSH dropped: SHA-1 key exchange, CBC ciphers (ESXi 5.x)"""
    connect_seconds: float = 30.0
    """time for a port that just opened to answer, and for the login"""
    command_seconds: float = 60.0
    """time for one command"""

    def fits(self, host_name: str) -> bool:
        return fnmatchcase(host_name.lower(), self.match.lower())

    def address(self, host_name: str) -> str:
        return self.addresses.get(host_name, host_name)
