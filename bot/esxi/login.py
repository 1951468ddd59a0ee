"""Logging in to a host, through a bastion where the settings name one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import asyncssh

from bot.core.errors import VmdumpError
from bot.esxi.access import HostAccess
from bot.esxi.client import PinningClient
from bot.esxi.hop import Hop, refused_way
from bot.esxi.host_key import pinned_keys, with_own_pin
from bot.esxi.options import options_for
from bot.esxi.password import password_of

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_GOODBYE_SECONDS = 5.0


@asynccontextmanager
async def logged_in(
    access: HostAccess, host_name: str, own_pin: str | None = None
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """The connection to the host while the block runs; ``own_pin`` is a key that an admin pinned.

    Raises ``VmdumpError`` on entering: ``CREDENTIAL``; ``SSH_UNREACHABLE``, ``SSH_TIMEOUT``,
    ``SSH_HOST_KEY``, ``SSH_LOGIN`` for the host, the same as ``BASTION_…`` for the bastion;
    ``SSH_HOST_KEY_UNKNOWN`` where no key of the host is pinned, and ``BASTION_REFUSED`` where the bastion
    opens no way.
    """
    async with AsyncExitStack() as stack:
        # The passwords are gone when that returns, not only when the block ends.
        yield await _log_in(access, host_name, own_pin, stack)


async def _log_in(
    access: HostAccess, host_name: str, own_pin: str | None, stack: AsyncExitStack
) -> asyncssh.SSHClientConnection:
    via = access.via
    # Both before the clock starts, which is for the servers alone.
    seconds = access.connect_seconds
    entry = None if via is None else await password_of(via, via.host, seconds)
    password = await password_of(access, host_name, seconds)
    deadline = asyncio.get_running_loop().time() + seconds
    tunnel = None
    if via is not None:
        hop = Hop.to_bastion(via, host_name)
        tunnel = await _within(hop, deadline, lambda: _enter(hop, entry, seconds))
        stack.push_async_callback(_leave, tunnel)
    connection = await _within(
        Hop.to_host(access, host_name),
        deadline,
        lambda: _connect(access, host_name, own_pin, password, tunnel, deadline),
    )
    stack.push_async_callback(_leave, connection)
    return connection


async def _within(
    hop: Hop, deadline: float, work: Callable[[], Awaitable[asyncssh.SSHClientConnection]]
) -> asyncssh.SSHClientConnection:
    try:
        async with asyncio.timeout_at(deadline):
            return await work()
    except TimeoutError:
        raise hop.late() from None


async def _enter(hop: Hop, password: str | None, seconds: float) -> asyncssh.SSHClientConnection:
    """A bastion is there all the time: nobody waits for its port."""
    pinned = await pinned_keys(hop.server, hop.names, seconds)
    client = PinningClient(pinned, password)
    options = options_for(hop.server, pinned, seconds)
    try:
        return await asyncssh.connect(hop.address, hop.server.port, client_factory=lambda: client, **options)
    except (OSError, asyncssh.Error, ValueError) as error:
        raise hop.failure(client, error) from None


async def _connect(
    access: HostAccess,
    host_name: str,
    own_pin: str | None,
    password: str | None,
    tunnel: asyncssh.SSHClientConnection | None,
    deadline: float,
) -> asyncssh.SSHClientConnection:
    """Waits for a port that is closed: the service may have been started a moment ago."""
    hop = Hop.to_host(access, host_name)
    pinned = with_own_pin(await pinned_keys(access, hop.names, access.connect_seconds), own_pin)
    options = options_for(access, pinned, access.connect_seconds)
    pause = _FIRST_PAUSE
    while True:
        client = PinningClient(pinned, password)
        try:
            return await asyncssh.connect(
                hop.address,
                access.port,
                tunnel=() if tunnel is None else tunnel,
                client_factory=lambda c=client: c,
                **options,
            )
        except (OSError, asyncssh.Error, ValueError) as error:
            if not _closed(error):
                raise _failure(hop, access, host_name, client, error) from None
            if asyncio.get_running_loop().time() + pause > deadline - _LONGEST_PAUSE:
                raise hop.unreachable("connection refused") from None
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _closed(error: Exception) -> bool:
    """Whether nobody listened at the host, as far as we or the bastion can tell."""
    if isinstance(error, asyncssh.ChannelOpenError):
        return error.code == asyncssh.OPEN_CONNECT_FAILED
    return isinstance(error, ConnectionRefusedError)


def _failure(
    hop: Hop, access: HostAccess, host_name: str, client: PinningClient, error: Exception
) -> VmdumpError:
    if isinstance(error, asyncssh.ChannelOpenError) and access.via is not None:
        return refused_way(access.via, access, host_name, error.reason)
    return hop.failure(client, error)


async def _leave(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    try:
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()
