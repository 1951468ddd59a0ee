"""What ``vmdump doctor`` finds at the endpoints, and what is to be thought of it."""

from __future__ import annotations

from bot.core.errors import Code, Param
from bot.core.finding import Level
from bot.core.known_key import KnownKey
from bot.core.value import Value

CLOCKS_MAY_DIFFER = 2.0
"""seconds: more than that, and times of votes and of events cannot be compared"""
FREE = frozenset({None, "lockdownDisabled"})


class Privilege(Value):
    """One privilege that something needs, and where the account lacks it."""

    need: str
    """``api``, ``ssh``, ``bundle``, ``event-log``, ``picture``, ``guest`` or ``cluster``"""
    name: str
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
    tls: str
    """protocol of the connection"""
    trust: str
    """``ca_file``, ``pinned_sha256`` or ``insecure``"""
    offset_seconds: float
    """its clock less ours"""
    privileges: tuple[Privilege, ...]
    privileges_unread: str | None
    hosts: tuple[HostSeen, ...]


class Login(Value):
    """How the settings log in to a host."""

    user: str | None
    """None where they give no way"""
    keys: tuple[KnownKey, ...]


class Row(Value):
    """A line of the table."""

    subject: str
    check: str
    level: Level
    seen: str


def unreachable(name: str, code: Code, params: dict[str, Param]) -> Row:
    """For an endpoint that gives no reading; the sentence of the error says the rest."""
    return Row(subject=name, check="reachable", level=Level.BLOCK, seen=str(params.get("cause", code.value)))


def rows_of(name: str, seen: EndpointSeen, routes: tuple[str, ...]) -> tuple[Row, ...]:
    """All lines about an endpoint itself; ``routes`` are those that the settings allow there."""

    def row(check: str, level: Level, what: str) -> Row:
        return Row(subject=name, check=check, level=level, seen=what)

    off = abs(seen.offset_seconds)
    return (
        row("reachable", Level.OK, f"{seen.version} build {seen.build}, API {seen.api_version}"),
        row("tls", _of_tls(seen), f"{seen.tls}, {seen.trust}"),
        row("clock", Level.OK if off <= CLOCKS_MAY_DIFFER else Level.WARN, f"{seen.offset_seconds:+.1f} s"),
        *_privileges(name, seen, routes),
    )


def _of_tls(seen: EndpointSeen) -> Level:
    modern = seen.tls in {"TLSv1.2", "TLSv1.3"}
    return Level.OK if modern and seen.trust != "insecure" else Level.WARN


def _privileges(name: str, seen: EndpointSeen, routes: tuple[str, ...]) -> tuple[Row, ...]:
    if seen.privileges_unread is not None:
        return (Row(subject=name, check="privileges", level=Level.UNKNOWN, seen=seen.privileges_unread),)
    every = {"api", "ssh", "bundle"}
    return tuple(
        _privilege(name, privilege, must=privilege.need in routes)
        for privilege in seen.privileges
        if privilege.need in routes or privilege.need not in every
    )


def _privilege(name: str, privilege: Privilege, *, must: bool) -> Row:
    """A route that is allowed does not work without; without the others a capture tells less."""
    level = Level.OK if not privilege.lacking else Level.BLOCK if must else Level.WARN
    what = privilege.name
    if privilege.lacking:
        first = ", ".join(privilege.lacking[:3]) + (" …" if len(privilege.lacking) > 3 else "")
        what = f"{what} missing on {len(privilege.lacking)} of {privilege.asked}: {first}"
    return Row(subject=name, check=f"privilege {privilege.need}", level=level, seen=what)


def rows_of_host(host: HostSeen, login: Login) -> tuple[Row, ...]:
    """All lines about one of an endpoint's hosts."""

    def row(check: str, level: Level, what: str) -> Row:
        return Row(subject=host.name, check=check, level=level, seen=what)

    up = host.connection == "connected"
    rows = [row("host", Level.OK if up else Level.WARN, f"ESXi {host.version}, {host.connection}")]
    if login.user is None:
        return (*rows, row("ssh", Level.WARN, "no way in, by the settings"))
    rows.append(_lockdown(host, login.user))
    rows += [row(f"key of the {key.server}", *_key(key)) for key in login.keys]
    return tuple(rows)


def _lockdown(host: HostSeen, user: str) -> Row:
    if host.lockdown in FREE:
        level, seen = Level.OK, host.lockdown or "not known before 6.0"
    elif host.excepted is None:
        level, seen = Level.UNKNOWN, f"{host.lockdown}, exception users not readable"
    else:
        level = Level.OK if user in host.excepted else Level.WARN
        seen = f"{host.lockdown}, exception users: {', '.join(host.excepted) or 'none'}"
    return Row(subject=host.name, check="lockdown", level=level, seen=seen)


def _key(key: KnownKey) -> tuple[Level, str]:
    if key.unread is not None:
        return Level.BLOCK, f"{key.file}: {key.unread}"
    if not key.types:
        return Level.WARN, f"none known in {key.file}; a rehearsal shows it"
    return Level.OK, ", ".join(key.types) + (", pinned by an admin" if key.pinned else "")
