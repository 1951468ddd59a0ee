"""Logging in to hosts by the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from bot.capture.ports import Way
from bot.core.errors import Code, VmdumpError
from bot.core.known_key import KnownKey
from bot.esxi.access import HostAccess, NoAccess
from bot.esxi.hop import Hop
from bot.esxi.host_key import pinned_keys, with_own_pin
from bot.esxi.login import logged_in
from bot.esxi.shell import SshShell

_log = logging.getLogger(__name__)

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
        for access in self._accesses:
            if isinstance(access, HostAccess) and access.legacy:
                _log.warning(
                    "hosts %s: legacy is on, SSH's old algorithms are accepted",
                    access.match,
                )

    def way(self, host_name: str) -> Way:
        """Raises ``VmdumpError`` where the settings give none."""
        access = self._access(host_name)
        return Way(
            user=access.user,
            services=access.services,
            source=access.source,
            shell_timeout=access.shell_timeout,
        )

    async def keys(self, host_name: str) -> tuple[KnownKey, ...]:
        """Raises ``VmdumpError`` where the settings give no way to the host."""
        access = self._access(host_name)
        seconds = access.connect_seconds
        host = await _known("host", Hop.to_host(access, host_name), await self._pins(host_name), seconds)
        if access.via is None:
            return (host,)
        # Only files speak for a bastion.
        return await _known("bastion", Hop.to_bastion(access.via, host_name), None, seconds), host

    @asynccontextmanager
    async def open(self, host_name: str) -> AsyncIterator[SshShell]:
        """Logs in on entering, logs out on leaving. Raises ``VmdumpError`` on entering."""
        access = self._access(host_name)
        async with logged_in(access, host_name, await self._pins(host_name)) as connection:
            yield SshShell(connection, host_name, access.command_seconds)

    def _access(self, host_name: str) -> HostAccess:
        found = next((a for a in self._accesses if a.covers(host_name)), None)
        if not isinstance(found, HostAccess):
            code = Code.NO_ROUTE if found is None else Code.HOST_NOT_REACHED
            raise VmdumpError(code, host=host_name)
        return found


async def _known(server: Literal["host", "bastion"], hop: Hop, own: str | None, seconds: float) -> KnownKey:
    file = str(hop.server.known_hosts)
    try:
        in_file = await pinned_keys(hop.server, hop.names, seconds)
        accepted = with_own_pin(in_file, own)
    except VmdumpError as error:
        return KnownKey(server=server, file=file, unread=str(error.params["cause"]))
    return KnownKey(server=server, file=file, types=accepted.types, pinned=accepted is not in_file)
