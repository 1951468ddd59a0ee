"""The `hosts` section: how to log in to ESXi hosts."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.core.policy.glob import has_wildcard, name_match
from bot.settings.kinds import Duration, ExistingFile, Globs, HostName, Kind, Port, Section, Switch, Text
from bot.settings.slack import Reference

SSH_SERVICE: Final = "TSM-SSH"


def _one_login(password: Reference | None, key_file: Path | None) -> None:
    if (password is None) == (key_file is None):
        given = "neither" if password is None else "both"
        raise ValueError(f"has {given} of the ways to log in; expected exactly one of password and key_file")


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("is not an IP address") from None


class Via(Section):
    """A bastion: exactly one of `password` and `key_file`."""

    host: HostName
    """Name or address of the bastion. It looks up the hosts' names, and connects to them."""

    port: Port = 22
    """Port of its SSH server."""

    user: Text
    """Account there. It needs no shell, only to forward connections (`AllowTcpForwarding local`)."""

    password: Reference | None = None
    """Its password; `{host}` (the bastion) and `{username}` are known."""

    key_file: ExistingFile | None = None
    """Private key without a passphrase."""

    known_hosts: ExistingFile
    """Keys of the bastion in OpenSSH's format. A bastion that is not in it is refused."""

    @model_validator(mode="after")
    def _login(self) -> Self:
        _one_login(self.password, self.key_file)
        return self


class Ssh(Section):
    """One login: exactly one of `password` and `key_file`."""

    user: Text = "root"
    """Account on the host."""

    password: Reference | None = None
    """Its password, also the answer to keyboard-interactive; `{host}` and `{username}` are known."""

    key_file: ExistingFile | None = None
    """Private key without a passphrase."""

    address: HostName | None = None
    """Where to connect instead of the host's name in vCenter; only with a `match` that means one host."""

    port: Port = 22
    """Port of the SSH server."""

    known_hosts: ExistingFile
    """Host keys in OpenSSH's format. A host that is not in it is refused."""

    via: Via | None = None
    """A bastion through which the host is reached; without it, directly."""

    services: Annotated[
        tuple[Annotated[Literal["TSM", "TSM-SSH"], Kind("TSM or TSM-SSH")], ...], Field(min_length=1)
    ] = (SSH_SERVICE,)
    """Host services that a login needs, in the order in which they are started;
    `TSM-SSH` (SSH) belongs to them."""

    source: Annotated[str, AfterValidator(_address), Kind("an IP address")] | None = None
    """Address that the bot has as the host sees it. Where the host's firewall lists who may use SSH, it is
    added for as long as SSH is needed; without it a list is left as it is."""

    dead_man: Annotated[Duration, Field(ge=60, le=86400)] | None = None
    """Time after which the host itself stops SSH, should the bot be gone (`UserVars.ESXiShellTimeOut`, set
    for the capture and put back), only where SSH did not run before; without it, never."""

    legacy: Switch = False
    """Also accept old algorithms (SHA-1 signatures, old key exchange), for hosts before ESXi 6.5."""

    @model_validator(mode="after")
    def _login(self) -> Self:
        _one_login(self.password, self.key_file)
        if SSH_SERVICE not in self.services or len(set(self.services)) != len(self.services):
            raise ValueError(
                f"has services without {SSH_SERVICE} or one twice; expected {SSH_SERVICE}, each once"
            )
        return self


class Https(Section):
    address: HostName | None = None
    """Where to connect instead of the host's name in vCenter; only with a `match` that means one host."""

    port: Port = 443
    """Port of the host's own HTTPS."""


class HostRule(Section):
    match: Globs
    """Host names in vCenter. The first entry that fits a host wins."""

    reachable: Switch = True
    """`false`: there is no way into these hosts, and plans say so; `ssh` is left out then."""

    ssh: Ssh | None = None
    """How to log in."""

    https: Https = Https()
    """The host's own pages, for the route `bundle`; its certificate is the one that vCenter has for it."""

    def covers(self, host_name: str) -> bool:
        return any(name_match(pattern, host_name) for pattern in self.match)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.reachable == (self.ssh is None):
            lacks = "is reachable but has no ssh" if self.reachable else "has ssh but is not reachable"
            raise ValueError(f"{lacks}; expected either ssh or reachable: false")
        several = len(self.match) > 1 or has_wildcard(self.match[0])
        for name, part in (("ssh", self.ssh), ("https", self.https)):
            if part is not None and part.address is not None and several:
                # Otherwise two hosts share an address, and what was read on one could be used on the other.
                raise ValueError(
                    f"has {name}.address for several hosts; expected a match that means one host"
                )
        return self
