"""Logging in to a host, and what went wrong if it did not work."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import HostAccess
from bot.esxi.client import PinningClient
from bot.esxi.host_key import PinnedKeys, pinned_keys

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_LEGACY = {
    "kex_algs": "+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
    "encryption_algs": "+aes256-cbc,aes192-cbc,aes128-cbc",
    "mac_algs": "+hmac-sha1",
}


async def log_in(access: HostAccess, host_name: str, password: str | None) -> asyncssh.SSHClientConnection:
    """Raises ``VmdumpError``: ``SSH_UNREACHABLE``, ``SSH_TIMEOUT``, ``SSH_HOST_KEY``, ``SSH_LOGIN``."""
    pinned = pinned_keys(access, host_name)
    options = _options(access, pinned)
    try:
        async with asyncio.timeout(access.connect_seconds):
            return await _connect(access, host_name, pinned, password, options)
    except TimeoutError:
        raise VmdumpError(
            Code.SSH_TIMEOUT, host=host_name, endpoint=_endpoint(access, host_name), doing="login"
        ) from None


async def _connect(
    access: HostAccess, host_name: str, pinned: PinnedKeys, password: str | None, options: dict[str, Any]
) -> asyncssh.SSHClientConnection:
    """Waits for a port that is closed: the service may have been started a moment ago."""
    pause = _FIRST_PAUSE
    deadline = asyncio.get_running_loop().time() + access.connect_seconds - _LONGEST_PAUSE
    while True:
        client = PinningClient(pinned, password)
        try:
            return await asyncssh.connect(
                access.target(host_name), access.port, client_factory=lambda c=client: c, **options
            )
        except ConnectionRefusedError:
            if asyncio.get_running_loop().time() + pause > deadline:
                raise _unreachable(access, host_name, "connection refused") from None
        except (OSError, asyncssh.Error, ValueError) as e:
            raise _meaning(access, host_name, client, e) from None
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _options(access: HostAccess, pinned: PinnedKeys) -> dict[str, Any]:
    """Nothing from the account that the bot runs under: no agent, no ``~/.ssh``, nothing forwarded."""
    options: dict[str, Any] = {
        "config": None,
        "username": access.user,
        "client_keys": None if access.key_file is None else [str(access.key_file)],
        "known_hosts": ([], [], []),
        "agent_path": None,
        "agent_forwarding": False,
        "x11_forwarding": False,
        "gss_auth": False,
        "gss_kex": False,
        "host_based_auth": False,
        "public_key_auth": access.key_file is not None,
        "password_auth": access.password is not None,
        "kbdint_auth": access.password is not None,
        "preferred_auth": "publickey,keyboard-interactive,password",
        "send_env": None,
        "env": None,
        "keepalive_interval": 15,
        "login_timeout": access.connect_seconds,
    }
    if access.legacy:
        options |= _LEGACY
    if algorithms := pinned.algorithms(legacy=access.legacy):
        options["server_host_key_algs"] = algorithms
    return options


def _meaning(access: HostAccess, host_name: str, client: PinningClient, error: Exception) -> VmdumpError:
    file = str(access.known_hosts)
    match error:
        case asyncssh.HostKeyNotVerifiable():
            seen = client.refused_fingerprint or "unreadable"
            return VmdumpError(
                Code.SSH_HOST_KEY, host=host_name, fingerprint=seen, file=file, cause="not the pinned key"
            )
        case asyncssh.KeyExchangeFailed() if "host key" in error.reason:
            return VmdumpError(
                Code.SSH_HOST_KEY,
                host=host_name,
                fingerprint="none of a pinned type",
                file=file,
                cause="other types",
            )
        case asyncssh.PermissionDenied():
            return VmdumpError(Code.SSH_LOGIN, host=host_name, username=access.user)
        case (
            asyncssh.KeyImportError()
            | asyncssh.KeyEncryptionError()
            | FileNotFoundError()
            | PermissionError()
        ):
            return VmdumpError(
                Code.CREDENTIAL, reference=str(access.key_file), cause="not a readable private key"
            )
        case asyncssh.DisconnectError():
            return _unreachable(access, host_name, error.reason)
        case OSError():
            return _unreachable(access, host_name, error.strerror or type(error).__name__)
        case _:
            return _unreachable(access, host_name, type(error).__name__)


def _unreachable(access: HostAccess, host_name: str, cause: str) -> VmdumpError:
    readable = "".join(c for c in cause if c.isprintable())[:200]
    return VmdumpError(
        Code.SSH_UNREACHABLE, host=host_name, endpoint=_endpoint(access, host_name), cause=readable
    )


def _endpoint(access: HostAccess, host_name: str) -> str:
    return f"{access.target(host_name)}:{access.port}"
