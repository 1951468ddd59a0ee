"""One login on the way to a host, and what it is called when it does not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import asyncssh

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import Bastion, HostAccess, SshServer
from bot.esxi.client import PinningClient


class _Codes(NamedTuple):
    unreachable: Code
    timeout: Code
    host_key: Code
    unknown_key: Code
    login: Code


_HOST = _Codes(
    Code.SSH_UNREACHABLE, Code.SSH_TIMEOUT, Code.SSH_HOST_KEY, Code.SSH_HOST_KEY_UNKNOWN, Code.SSH_LOGIN
)
_BASTION = _Codes(
    Code.BASTION_UNREACHABLE,
    Code.BASTION_TIMEOUT,
    Code.BASTION_HOST_KEY,
    Code.BASTION_HOST_KEY,
    Code.BASTION_LOGIN,
)


@dataclass(frozen=True)
class Hop:
    """A server with its address, and the words that tell it from the other on the same way."""

    server: SshServer
    address: str
    names: tuple[str, ...]
    """under which its keys are pinned"""
    endpoint: str
    """for people; of a host behind a bastion, with the bastion"""
    codes: _Codes
    named: Mapping[str, str]

    @classmethod
    def to_host(cls, access: HostAccess, host_name: str) -> Self:
        address = access.target(host_name)
        endpoint = access.endpoint(host_name)
        if access.via is not None:
            endpoint = f"{endpoint} through bastion {access.via.endpoint}"
        return cls(access, address, (host_name, address), endpoint, _HOST, {"host": host_name})

    @classmethod
    def to_bastion(cls, bastion: Bastion, host_name: str) -> Self:
        named = {"host": host_name, "bastion": bastion.endpoint}
        return cls(bastion, bastion.host, (bastion.host,), bastion.endpoint, _BASTION, named)

    def unreachable(self, cause: str) -> VmdumpError:
        return self._error(self.codes.unreachable, endpoint=self.endpoint, cause=_readable(cause))

    def late(self) -> VmdumpError:
        return self._error(self.codes.timeout, endpoint=self.endpoint, doing="login")

    def failure(self, client: PinningClient, error: Exception) -> VmdumpError:
        """What a failed login means."""
        match error:
            case asyncssh.HostKeyNotVerifiable() if client.unknown_key is not None:
                return self._unknown_key(client.refused_fingerprint or "unreadable", client.unknown_key)
            case asyncssh.HostKeyNotVerifiable():
                return self._key(client.refused_fingerprint or "unreadable", "not the pinned key")
            case asyncssh.KeyExchangeFailed() if "host key" in error.reason:
                return self._key("none of a pinned type", "other types")
            case asyncssh.PermissionDenied():
                return self._error(self.codes.login, username=self.server.user)
            case (
                asyncssh.KeyImportError()
                | asyncssh.KeyEncryptionError()
                | FileNotFoundError()
                | PermissionError()
            ):
                cause = "not a readable private key"
                return VmdumpError(Code.CREDENTIAL, reference=str(self.server.key_file), cause=cause)
            case asyncssh.DisconnectError() | asyncssh.ChannelOpenError():
                return self.unreachable(error.reason)
            case OSError():
                return self.unreachable(error.strerror or type(error).__name__)
            case _:
                return self.unreachable(type(error).__name__)

    def _key(self, fingerprint: str, cause: str) -> VmdumpError:
        file = str(self.server.known_hosts)
        return self._error(self.codes.host_key, fingerprint=fingerprint, file=file, cause=cause)

    def _unknown_key(self, fingerprint: str, key: str) -> VmdumpError:
        file, cause = str(self.server.known_hosts), "no key is pinned"
        return self._error(self.codes.unknown_key, fingerprint=fingerprint, key=key, file=file, cause=cause)

    def _error(self, code: Code, **params: str) -> VmdumpError:
        return VmdumpError(code, **self.named, **params)


def refused_way(bastion: Bastion, access: HostAccess, host_name: str, reason: str) -> VmdumpError:
    """The bastion lets us in and opens no connection to the host."""
    return VmdumpError(
        Code.BASTION_REFUSED,
        host=host_name,
        bastion=bastion.endpoint,
        endpoint=access.endpoint(host_name),
        cause=_readable(reason) or "no reason given",
    )


def _readable(text: str) -> str:
    """What a server says of itself may be anything."""
    return "".join(c for c in text if c.isprintable())[:200]
