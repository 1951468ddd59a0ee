"""What ``vmdump doctor`` finds at the endpoints, and what is to be thought of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bot.core.finding import Level
from bot.core.known_key import KnownKey
from bot.core.value import Value

CLOCKS_MAY_DIFFER = 2.0
"""seconds: more than that, and times of votes and of events cannot be compared"""
FREE = frozenset({None, "lockdownDisabled"})
MUST = frozenset({"api", "ssh", "bundle", "dead-man"})
"""needs without which what the settings ask for does not work at all"""
AS_SET = MUST | {"guest", "guest-program", "guest-reboot"}
"""needs that the settings may do without"""

Things = Literal["VMs", "hosts", "clusters", "datastores"]


class Privilege(Value):
    """One privilege that something needs, and where the account lacks it."""

    need: str
    """``api``, ``ssh``, ``bundle``, ``dead-man``, ``event-log``, ``picture``, ``guest``, ``guest-program``
    (running one there, and altering it), ``guest-reboot``, ``log`` (a VM's ``vmware.log``) or
    ``cluster``"""
    name: str
    on: Things
    asked: int
    """how many objects were asked about"""
    lacking: tuple[str, ...]
    """names of those where it is missing"""


class HostSeen(Value):
    name: str
    version: str
    connection: str
    lockdown: str | None
    excepted: tuple[str, ...] | None = None
    """exception users, where the host is locked down; None if they could not be read"""


class EndpointSeen(Value):
    """What one reading of a vCenter or a host that stands alone gave."""

    version: str
    api_version: str
    build: str
    sends_nmi: bool
    """whether its API has SendNMI"""
    tls: str
    """protocol of the connection"""
    trust: str
    """``ca_file``, ``pinned_sha256`` or ``insecure``"""
    offset_seconds: float
    """its clock less ours"""
    vms: int
    privileges: tuple[Privilege, ...]
    privileges_unread: str | None
    hosts: tuple[HostSeen, ...]


class Login(Value):
    """How the settings log in to a host."""

    user: str | None = None
    """None where they give no way"""
    left_out: bool = False
    """whether they say so in so many words"""
    dead_man: bool = False
    keys: tuple[KnownKey, ...] = ()


class Row(Value):
    """A line of the table."""

    subject: str
    check: str
    level: Level
    seen: str
    cure: str = ""
    """what to do about it; empty where nothing is"""


def unreachable(name: str, cause: str, sentence: str) -> Row:
    """For an endpoint that gives no reading; the sentence of the error says the rest."""
    return Row(subject=name, check="reachable", level=Level.BLOCK, seen=cause, cure=sentence)


def rows_of(name: str, seen: EndpointSeen, routes: tuple[str, ...], needs: Iterable[str]) -> tuple[Row, ...]:
    """All lines about an endpoint itself; ``routes`` are those that the settings allow there.

    ``needs`` are the other things that they ask for: ``dead-man``, ``guest``, ``guest-program``,
    ``guest-reboot``.
    """
    about = f"{seen.version} build {seen.build}, API {seen.api_version}"
    return (
        Row(subject=name, check="reachable", level=Level.OK, seen=about),
        _tls(name, seen),
        _clock(name, seen),
        _inventory(name, seen),
        *_route(name, seen, routes),
        *_privileges(name, seen, {*routes, *needs}),
    )


def _tls(name: str, seen: EndpointSeen) -> Row:
    level, cure = Level.OK, ""
    if seen.trust == "insecure":
        level, cure = Level.WARN, "set tls.ca_file or tls.pinned_sha256 in place of tls.insecure"
    elif seen.tls not in {"TLSv1.2", "TLSv1.3"}:
        level, cure = Level.WARN, "update it to a version that speaks TLS 1.2"
    return Row(subject=name, check="tls", level=level, seen=f"{seen.tls}, {seen.trust}", cure=cure)


def _clock(name: str, seen: EndpointSeen) -> Row:
    level, cure = Level.OK, ""
    if abs(seen.offset_seconds) > CLOCKS_MAY_DIFFER:
        level, cure = Level.WARN, "set its clock and this machine's by the same NTP servers"
    offset = f"{seen.offset_seconds:+.1f} s from ours"
    return Row(subject=name, check="clock", level=level, seen=offset, cure=cure)


def _inventory(name: str, seen: EndpointSeen) -> Row:
    level, cure = Level.OK, ""
    if not seen.vms or not seen.hosts:
        level, cure = Level.BLOCK, "give the account its role on the data centre, passed on to what is below"
    what = f"{seen.vms} VMs, {len(seen.hosts)} hosts"
    return Row(subject=name, check="inventory", level=level, seen=what, cure=cure)


def _route(name: str, seen: EndpointSeen, routes: tuple[str, ...]) -> tuple[Row, ...]:
    if "api" not in routes or seen.sends_nmi:
        return ()
    only = routes == ("api",)
    cure = "allow ssh in its routes" if only else "nothing, or take api out of its routes"
    level = Level.BLOCK if only else Level.WARN
    what = f"API {seen.api_version} has no SendNMI, which came with 6.0"
    return (Row(subject=name, check="route api", level=level, seen=what, cure=cure),)


def _privileges(name: str, seen: EndpointSeen, needs: set[str]) -> tuple[Row, ...]:
    if seen.privileges_unread is not None:
        what, cure = seen.privileges_unread, "compare the account's role with the table in docs/install.md"
        return (Row(subject=name, check="privileges", level=Level.UNKNOWN, seen=what, cure=cure),)
    return tuple(
        _privilege(name, privilege)
        for privilege in seen.privileges
        if privilege.asked
        and (privilege.need in needs or privilege.need not in AS_SET)
        and (privilege.need != "api" or seen.sends_nmi)
    )


def _privilege(name: str, privilege: Privilege) -> Row:
    """What the settings ask for does not work without; without the others a capture tells or guards less."""
    level, what, cure = Level.OK, privilege.name, ""
    if privilege.lacking:
        level = Level.BLOCK if privilege.need in MUST else Level.WARN
        first = ", ".join(privilege.lacking[:3]) + (" …" if len(privilege.lacking) > 3 else "")
        what = f"{privilege.name} is missing on {len(privilege.lacking)} of {privilege.asked}"
        what += f" {privilege.on}: {first}"
        cure = f"add {privilege.name} to the account's role on these {privilege.on}"
    return Row(subject=name, check=f"privilege {privilege.need}", level=level, seen=what, cure=cure)


def rows_of_host(host: HostSeen, login: Login | None) -> tuple[Row, ...]:
    """All lines about one of an endpoint's hosts; no login where no allowed route needs one."""
    level, cure = Level.OK, ""
    if host.connection != "connected":
        level, cure = Level.WARN, "connect it in vCenter: until then nothing of it can be captured"
    what = f"ESXi {host.version}, {host.connection}"
    rows = [Row(subject=host.name, check="host", level=level, seen=what, cure=cure)]
    if login is None:
        return tuple(rows)
    if login.user is None:
        return (*rows, _no_way(host, login))
    rows.append(_lockdown(host, login.user))
    rows += [_key(host, key) for key in login.keys]
    return tuple(rows)


def _no_way(host: HostSeen, login: Login) -> Row:
    if login.left_out:
        return Row(subject=host.name, check="ssh", level=Level.OK, seen="left out, as the settings say")
    what, cure = "no entry under hosts matches it", "add one, or one with reachable: false to leave it out"
    return Row(subject=host.name, check="ssh", level=Level.WARN, seen=what, cure=cure)


def _lockdown(host: HostSeen, user: str) -> Row:
    level, seen, cure = Level.OK, host.lockdown or "none before 6.0", ""
    if host.lockdown not in FREE and host.excepted is None:
        level, seen = Level.UNKNOWN, f"{host.lockdown}, exception users not readable"
        cure = "add Global.Settings to the account's role on the host"
    elif host.lockdown not in FREE:
        excepted = host.excepted or ()
        seen = f"{host.lockdown}, exception users: {', '.join(excepted) or 'none'}"
        if user not in excepted:
            level = Level.WARN
            cure = (
                f"make {user} an exception user of the host, or rely on route api; lockdown is never lifted"
            )
    return Row(subject=host.name, check="lockdown", level=level, seen=seen, cure=cure)


def _key(host: HostSeen, key: KnownKey) -> Row:
    level, seen, cure = Level.OK, ", ".join(key.types) + (", pinned by an admin" if key.pinned else ""), ""
    if key.unread is not None:
        level, seen = Level.BLOCK, f"{key.file}: {key.unread}"
        cure = "mend that file: as long as it cannot be read, nobody is logged in to"
    elif not key.types:
        level, seen = Level.WARN, f"none known in {key.file}"
        cure = "rehearse with one of its VMs, compare the key that is shown, and pin it"
    return Row(subject=host.name, check=f"key of the {key.server}", level=level, seen=seen, cure=cure)
