"""The pinned keys of a server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import asyncssh

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import SshServer
from bot.esxi.aside import aside

_RSA = ("rsa-sha2-512", "rsa-sha2-256")
_RSA_SHA1 = "ssh-rsa"


@dataclass(frozen=True)
class PinnedKeys:
    """Keys that a server may show. Certificates and authorities in the file count for nothing."""

    keys: tuple[asyncssh.SSHKey, ...]
    revoked: tuple[asyncssh.SSHKey, ...]

    def accepts(self, key: asyncssh.SSHKey) -> bool:
        return key in self.keys and key not in self.revoked

    @property
    def types(self) -> tuple[str, ...]:
        """Of the keys that are accepted."""
        return tuple(dict.fromkeys(key.get_algorithm() for key in self.keys if self.accepts(key)))

    def algorithms(self, *, legacy: bool) -> tuple[str, ...]:
        """Host key algorithms to ask for: those of the pinned types.

        A server has keys of several types and shows the one that was agreed on, so asking for any other type
        would look like a changed key. Empty where nothing is pinned.
        """
        found: list[str] = []
        for key in self.keys:
            name = key.get_algorithm()
            if name == _RSA_SHA1:
                found.extend((*_RSA, _RSA_SHA1) if legacy else _RSA)
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))


async def pinned_keys(server: SshServer, names: tuple[str, ...], seconds: float) -> PinnedKeys:
    """Keys under any of the server's names. Raises ``VmdumpError`` if the file is unreadable."""
    try:
        return await aside("known-hosts", seconds, partial(_read, server, names))
    except (OSError, ValueError) as e:
        # A time-out is an OSError too, one that says nothing of itself.
        told = "time-out" if isinstance(e, TimeoutError) else "not an OpenSSH known_hosts file"
        cause = (isinstance(e, OSError) and e.strerror) or told
        raise VmdumpError(Code.CREDENTIAL, reference=str(server.known_hosts), cause=cause) from None


def _read(server: SshServer, names: tuple[str, ...]) -> PinnedKeys:
    known = asyncssh.read_known_hosts(str(server.known_hosts))
    keys: list[asyncssh.SSHKey] = []
    revoked: list[asyncssh.SSHKey] = []
    for name in dict.fromkeys(names):
        found = known.match(name, _ip(name), None if server.port == 22 else server.port)
        keys.extend(found[0])
        revoked.extend(found[2])
        if server.port != 22:
            # asyncssh leaves these out where the file says nothing else of the port.
            revoked.extend(known.match(f"[{name}]:{server.port}", "", None)[2])
    return PinnedKeys(tuple(keys), tuple(revoked))


def with_own_pin(file: PinnedKeys, own: str | None) -> PinnedKeys:
    """What the file says counts; only where it knows no key, one that an admin pinned takes its place.

    Raises ``VmdumpError`` for a pin that is no key.
    """
    if own is None or file.keys:
        return file
    try:
        return PinnedKeys((asyncssh.import_public_key(own),), file.revoked)
    except asyncssh.KeyImportError:
        raise VmdumpError(Code.CREDENTIAL, reference="the pinned host key", cause="it is no key") from None


def _ip(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        return ""
