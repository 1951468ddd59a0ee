"""Logging in to hosts by the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import HostAccess
from bot.esxi.login import log_in
from bot.esxi.shell import SshShell

_GOODBYE_SECONDS = 5.0


class SshShells:
    """Implements ``Shells``."""

    def __init__(self, accesses: Sequence[HostAccess]) -> None:
        self._accesses = tuple(accesses)

    def reaches(self, host_name: str) -> bool:
        return self._find(host_name) is not None

    def services(self, host_name: str) -> tuple[str, ...]:
        access = self._find(host_name)
        return () if access is None else access.services

    @asynccontextmanager
    async def open(self, host_name: str) -> AsyncIterator[SshShell]:
        """Logs in on entering, logs out on leaving. Raises ``VmdumpError`` on entering."""
        access = self._find(host_name)
        if access is None:
            raise VmdumpError(
                Code.SSH_UNREACHABLE, host=host_name, endpoint=host_name, cause="no setting fits it"
            )
        connection = await log_in(access, host_name, await _password(access, host_name))
        try:
            yield SshShell(connection, host_name, access.command_seconds)
        finally:
            connection.close()
            try:
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await connection.wait_closed()
            except TimeoutError:
                connection.abort()

    def _find(self, host_name: str) -> HostAccess | None:
        return next((a for a in self._accesses if a.covers(host_name)), None)


async def _password(access: HostAccess, host_name: str) -> str | None:
    """Asks on a thread of its own: a vault's program may take seconds."""
    if access.password is None:
        return None
    asker = ThreadPoolExecutor(1, thread_name_prefix="ssh-password")
    try:
        async with asyncio.timeout(access.connect_seconds):
            return await asyncio.get_running_loop().run_in_executor(asker, access.password, host_name)
    except TimeoutError:
        raise VmdumpError(
            Code.CREDENTIAL, reference=f"ssh password of {host_name}", cause="time-out"
        ) from None
    finally:
        asker.shutdown(wait=False)
