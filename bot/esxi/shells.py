"""Logging in to hosts by the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from bot.core.errors import Code, VmdumpError
from bot.core.known_key import KnownKey
from bot.esxi.access import HostAccess, NoAccess
from bot.esxi.hop import Hop
from bot.esxi.host_key import pinned_keys, with_own_pin
from bot.esxi.login import logged_in
from bot.esxi.shell import SshShell

Pins = Callable[[str], Awaitable[str | None]]
"""given a host's name, the public key that an admin pinned for it, in OpenSSH's form"""


async def no_pins(_: str) -> str | None:
    """Nobody pinned anything: only the files count."""
    return None


class SshShells:
    """Implements ``Shells``."""

    def __init__(self, accesses: Sequence[HostAccess | NoAccess], pins: Pins = no_pins) -> None:
        self._accesses = tuple(accesses)
        self._pins = pins

    def hindrance(self, host_name: str) -> Code | None:
        match self._find(host_name):
            case None:
                return Code.NO_ROUTE
            case NoAccess():
                return Code.HOST_NOT_REACHED
            case HostAccess():
                return None

    def services(self, host_name: str) -> tuple[str, ...]:
        access = self._find(host_name)
        return access.services if isinstance(access, HostAccess) else ()

    async def keys(self, host_name: str) -> tuple[KnownKey, ...]:
        access = self._find(host_name)
        if not isinstance(access, HostAccess):
            return ()
        seconds = access.connect_seconds
        host = await _known("host", Hop.to_host(access, host_name), await self._pins(host_name), seconds)
        if access.via is None:
            return (host,)
        # Only files speak for a bastion.
        return await _known("bastion", Hop.to_bastion(access.via, host_name), None, seconds), host

    @asynccontextmanager
    async def open(self, host_name: str) -> AsyncIterator[SshShell]:
        """Logs in on entering, logs out on leaving. Raises ``VmdumpError`` on entering."""
        access = self._find(host_name)
        if not isinstance(access, HostAccess):
            raise VmdumpError(self.hindrance(host_name) or Code.NO_ROUTE, host=host_name)
        async with logged_in(access, host_name, await self._pins(host_name)) as connection:
            yield SshShell(connection, host_name, access.command_seconds)

    def _find(self, host_name: str) -> HostAccess | NoAccess | None:
        return next((a for a in self._accesses if a.covers(host_name)), None)


async def _known(server: Literal["host", "bastion"], hop: Hop, own: str | None, seconds: float) -> KnownKey:
    file = str(hop.server.known_hosts)
    try:
        in_file = await pinned_keys(hop.server, hop.names, seconds)
        accepted = with_own_pin(in_file, own)
    except VmdumpError as error:
        return KnownKey(server=server, file=file, unread=str(error.params["cause"]))
    return KnownKey(server=server, file=file, types=accepted.types, pinned=accepted is not in_file)
