"""The `vcenters` section: where VMs are."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.core.policy.glob import name_match
from bot.core.target import Target
from bot.core.worlds import bare
from bot.settings.kinds import Duration, ExistingFile, Glob, HostName, Kind, Name, Port, Section, Switch, Text
from bot.settings.slack import Reference

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def _sha256(value: str) -> str:
    digits = value.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("is not a SHA-256 fingerprint")
    return digits


class Tls(Section):
    """How the server proves itself: exactly one of `ca_file`, `pinned_sha256` and `insecure: true`."""

    ca_file: ExistingFile | None = None
    """Certificates (PEM) that may have signed the server's."""

    pinned_sha256: (
        Annotated[str, AfterValidator(_sha256), Kind("64 hexadecimal digits, colons allowed")] | None
    ) = None
    """SHA-256 fingerprint of the server's own certificate (DER)."""

    insecure: Switch = False
    """Accept any certificate: whoever sits between can read the password and answer in the server's place."""

    legacy: Switch = False
    """Also speak TLS 1.0 and old ciphers, for servers before vSphere 6.5."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.ca_file is not None, self.pinned_sha256 is not None, self.insecure]
        if sum(ways) != 1:
            raise ValueError(
                f"has {sum(ways) or 'none'} of the ways to trust the server; "
                "expected exactly one of ca_file, pinned_sha256 and insecure: true"
            )
        return self


class VCenter(Section):
    name: Name
    """What records and rules call it; keep it for good."""

    host: HostName
    """Host name or address."""

    port: Port = 443
    """Port of the API."""

    username: Text
    """Account of the bot."""

    password: Reference
    """Its password; `{vcenter}`, `{host}` and `{username}` are known."""

    tls: Tls
    """How the server proves itself."""

    routes: Annotated[
        tuple[Annotated[Literal["api", "ssh", "bundle"], Kind("api, ssh or bundle")], ...],
        Field(min_length=1),
    ] = ("api", "ssh")
    """The ways in which memory may be taken here, the preferred one first: `api` (SendNMI, since vSphere
    6.0), `ssh` (vmdumper on the host), `bundle` (a support bundle of the host; experimental, and taken only
    for `--route bundle`). The next one is tried if the one before proves that it sent nothing."""

    sweep: Annotated[Duration, Field(ge=60, le=30 * 86400)] | None = None
    """How often every running guest here that may be logged in to (`guest_login`) is asked whether it would
    write a dump: a guest that hangs later answers nothing then. Left out: never."""

    protected: tuple[Annotated[Glob, Kind("a VM's name, a pattern with * and ?, or a UUID")], ...] = ()
    """VMs that are never captured, by name, pattern or UUID (instance or BIOS): vCenter's own, the
    bot's own."""

    def protects(self, target: Target) -> bool:
        """Whether these settings forbid to capture it."""
        return any(_means(pattern, target) for pattern in self.protected)


def _means(pattern: str, target: Target) -> bool:
    if _UUID.fullmatch(pattern) and bare(pattern) in (bare(target.instance_uuid), bare(target.bios_uuid)):
        return True
    return name_match(pattern, target.name)
