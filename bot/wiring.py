"""The settings in the words of each room."""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from bot.archive import database_password
from bot.capture.tools import Times
from bot.core.protected import protection as protection_of
from bot.core.route import Route
from bot.core.target import Machine
from bot.durable.bookmarks import Bookmarks, FileBookmarks, SchemaBookmarks
from bot.esxi.access import Bastion, HostAccess, NoAccess
from bot.esxi.shells import Pins
from bot.requests.pins import pin_of
from bot.settings.credentials import Credential
from bot.settings.guests import GuestRule
from bot.settings.hosts import HostRule, Ssh, Via
from bot.settings.model import Settings
from bot.settings.times import Timeouts
from bot.store import engines
from bot.store.reading import Reader
from bot.vsphere.endpoint import GuestRule as GuestAccess
from bot.vsphere.endpoint import VCenterEndpoint

log = logging.getLogger("vmdump")
ENGINE_POOL = 10
"""connections that stay open for captures; more are opened while they are needed"""
OWN_UUID = Path("/sys/class/dmi/id/product_uuid")


def endpoints(settings: Settings) -> list[VCenterEndpoint]:
    return [
        VCenterEndpoint(
            name=vcenter.name,
            host=vcenter.host,
            username=vcenter.username,
            password=functools.partial(
                vcenter.password.read, vcenter=vcenter.name, host=vcenter.host, username=vcenter.username
            ),
            port=vcenter.port,
            ca_file=vcenter.tls.ca_file,
            pinned_sha256=vcenter.tls.pinned_sha256,
            insecure=vcenter.tls.insecure,
            legacy_tls=vcenter.tls.legacy,
            socket_seconds=settings.timeouts.call,
            call_seconds=settings.timeouts.connect + settings.timeouts.call,
            bundle_seconds=settings.timeouts.bundle,
            host_address=functools.partial(_host_https, settings),
        )
        for vcenter in settings.vcenters
    ]


def _host_https(settings: Settings, host_name: str) -> tuple[str, int]:
    rule = next((rule for rule in settings.hosts if rule.covers(host_name)), None)
    return (host_name, 443) if rule is None else (rule.https.address or host_name, rule.https.port)


def routes(settings: Settings) -> dict[str, tuple[Route, ...]]:
    return {vcenter.name: tuple(map(Route, vcenter.routes)) for vcenter in settings.vcenters}


def guests(settings: Settings) -> list[GuestAccess]:
    def password(rule: GuestRule, machine: Machine) -> str:
        target = machine.target
        return rule.password.read(vm=target.name, vcenter=target.vcenter, username=rule.username)

    return [
        GuestAccess(
            covers=rule.covers,
            username=rule.username,
            password=functools.partial(password, rule),
            dump_file=rule.dump_file,
            guest_login=rule.guest_login,
        )
        for rule in settings.guests
    ]


def hosts(settings: Settings) -> list[HostAccess | NoAccess]:
    return [
        NoAccess(covers=rule.covers) if rule.ssh is None else _access(rule, rule.ssh, settings.timeouts)
        for rule in settings.hosts
    ]


def _access(rule: HostRule, ssh: Ssh, timeouts: Timeouts) -> HostAccess:
    return HostAccess(
        covers=rule.covers,
        match=", ".join(rule.match),
        known_hosts=ssh.known_hosts,
        user=ssh.user,
        password=_password(ssh.password, ssh.user),
        key_file=ssh.key_file,
        address=ssh.address,
        port=ssh.port,
        via=None if ssh.via is None else _bastion(ssh.via),
        services=ssh.services,
        legacy=ssh.legacy,
        source=ssh.source,
        shell_timeout=None if ssh.dead_man is None else round(ssh.dead_man),
        connect_seconds=timeouts.ssh,
        command_seconds=timeouts.command,
    )


def _bastion(via: Via) -> Bastion:
    return Bastion(
        host=via.host,
        port=via.port,
        user=via.user,
        password=_password(via.password, via.user),
        key_file=via.key_file,
        known_hosts=via.known_hosts,
    )


def _password(credential: Credential | None, user: str) -> Callable[[str], str] | None:
    """Reads it anew at each login; None where a key is used."""
    if credential is None:
        return None

    def read(host_name: str) -> str:
        return credential.read(host=host_name, username=user)

    return read


def pins(reader: Reader) -> Pins:
    """Keys that admins pinned after a rehearsal."""

    async def pinned(host_name: str) -> str | None:
        pin = await pin_of(reader, host_name)
        return None if pin is None else pin.public_key

    return pinned


def times(settings: Settings) -> Times:
    watch = settings.watch
    return Times(
        longest_call=settings.timeouts.longest,
        poll=watch.poll,
        crash=watch.crash,
        dump=watch.dump,
        dump_per_gib=watch.dump_per_gib,
        settle=watch.settle,
        settle_per_gib=watch.settle_per_gib,
        host=watch.host,
        approval=watch.approval,
        restore=settings.reconcile,
        guest=settings.timeouts.guest,
    )


def bookmarks(settings: Settings) -> Bookmarks:
    file = settings.database.file
    if file is not None:
        return FileBookmarks(file.with_name(file.name + ".engine"))
    url = engines.parse(settings.database.url)
    # Its own migrations may take longer than any statement of ours.
    engine = engines.postgresql(url, database_password(settings), statement_ms=None, pool_size=ENGINE_POOL)
    return SchemaBookmarks(engine)


async def protection(settings: Settings) -> Callable[[Machine], str | None]:
    """Which VMs are never captured: those that the settings name, and those that can be told."""
    hosts = await asyncio.to_thread(_vcenter_hosts, settings)
    own = await asyncio.to_thread(_own_uuid)

    def kind(machine: Machine) -> str | None:
        if settings.vcenter(machine.target.vcenter).protects(machine.target):
            return "settings"
        return protection_of(machine, own_uuid=own, vcenter_hosts=hosts)

    return kind


def _vcenter_hosts(settings: Settings) -> frozenset[str]:
    found = set()
    for vcenter in settings.vcenters:
        found.add(vcenter.host)
        try:
            found |= {str(info[4][0]) for info in socket.getaddrinfo(vcenter.host, None)}
        except OSError:
            log.warning("the address of vCenter %s cannot be looked up", vcenter.name)
    return frozenset(found)


def _own_uuid() -> str | None:
    try:
        return OWN_UUID.read_text().strip()
    except OSError:
        return None
