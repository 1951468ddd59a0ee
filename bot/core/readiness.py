"""Whether a dump would succeed, as far as can be read before anything is changed."""

from __future__ import annotations

from datetime import datetime

from bot.core.cluster import Cluster
from bot.core.finding import Finding, Level, MakeFinding
from bot.core.known_key import KnownKey
from bot.core.purpose import Purpose
from bot.core.route import Leg, Route
from bot.core.surroundings import Surroundings
from bot.core.surroundings_readiness import assess_surroundings
from bot.core.target import Host, Machine

NMI_CALL = "SendNMI"
GUEST = "guest"
"""source of the findings that the guest itself told"""
DUMP_ROOM = "dump-room"
"""code of the guest's own finding on the room for its dump"""
HOST_KEY = "host-key"
"""code of the finding that a rehearsal and a pin can mend"""


NEVER_OVERRIDDEN = frozenset(
    {
        "power",
        "connection",
        "host-connection",
        "question",
        "template",
        "fault-tolerance",
        "datastore",
        "host-key",
        "host-key-file",
        "bastion-key",
        "bastion-key-file",
    }
)
"""findings with which there is nothing to be crashed, no way to it, nobody knows what would be, or other VMs
would stop too"""


def assess(
    machine: Machine,
    host: Host,
    cluster: Cluster | None,
    legs: tuple[Leg, ...],
    *,
    surroundings: Surroundings,
    keys: tuple[KnownKey, ...],
    purpose: Purpose,
    dump_file: str | None,
    dump_bytes: int,
    told: bool,
    now: datetime,
) -> tuple[Finding, ...]:
    """All findings but those that the guest itself tells; ``dump_bytes`` are expected at most.

    ``told``: the guest says itself whether there is room in it.
    """
    disabled = NMI_CALL in machine.disabled_methods
    # What an NMI does to a lock-stepped pair is not documented [unknown]: not tried.
    alone = machine.fault_tolerance in {"notConfigured", "disabled"}
    finding = _maker(machine, now)
    found = [
        *assess_alive(machine, host, now),
        finding("fault-tolerance", Level.OK if alone else Level.BLOCK, machine.fault_tolerance),
        # A backup product that disables calls is at work on the VM.
        finding("disabled-method", Level.WARN if disabled else Level.OK, NMI_CALL),
        finding("migrating", Level.WARN if machine.migrating else Level.OK, host.name),
        # The guest reads and writes plain text; whoever copies the dump out of it has it in plain text.
        finding("encrypted", Level.WARN if machine.encrypted else Level.OK, str(machine.encrypted).lower()),
        *(_key(finding, known, purpose) for known in keys),
    ]
    if any(leg.route is Route.SSH for leg in legs):
        found.append(_lockdown(finding, host))
    if cluster is not None:
        found.append(_kept_from(finding, "ha-monitoring", cluster, acts=cluster.resets))
        found.append(_kept_from(finding, "drs", cluster, acts=cluster.moves))
    around = assess_surroundings(
        machine,
        surroundings,
        dump_bytes=dump_bytes,
        dump_path=None if told else dump_file,
        finding=finding,
    )
    return (*found, *around, _dump(finding, dump_file))


def assess_alive(machine: Machine, host: Host, now: datetime) -> tuple[Finding, ...]:
    """What has to be well for anything to be done to the VM."""
    finding = _maker(machine, now)

    def must(code: str, seen: str, *, ok: bool) -> Finding:
        return finding(code, Level.OK if ok else Level.BLOCK, seen)

    return (
        must("power", machine.power, ok=machine.power == "poweredOn"),
        must("connection", machine.connection, ok=machine.connection == "connected"),
        must("host-connection", host.connection, ok=host.connection == "connected"),
        must("question", machine.question or "none", ok=machine.question is None),
        must("template", "template" if machine.template else "no", ok=not machine.template),
    )


def _maker(machine: Machine, now: datetime) -> MakeFinding:
    vcenter = f"vCenter {machine.target.vcenter}"

    def finding(code: str, level: Level, seen: str, source: str = vcenter) -> Finding:
        return Finding(code=code, level=level, seen=seen, source=source, read_at=now)

    return finding


def _lockdown(finding: MakeFinding, host: Host) -> Finding:
    """Whoever is not excepted does not get as far as this."""
    free = host.lockdown in {None, "lockdownDisabled"}
    return finding("lockdown", Level.OK if free else Level.WARN, host.lockdown or "not known before 6.0")


def _key(finding: MakeFinding, known: KnownKey, purpose: Purpose) -> Finding:
    """Without a key that it could compare, a login is certain to fail: nobody shall approve that in vain.

    A rehearsal shows an unknown key of a host, so it goes on; of a bastion it shows none.
    """
    code = HOST_KEY if known.server == "host" else "bastion-key"
    if known.unread is not None:
        return finding(f"{code}-file", Level.BLOCK, f"not readable: {known.unread}", known.file)
    if not known.types:
        shown = code == HOST_KEY and purpose is Purpose.REHEARSAL
        return finding(code, Level.WARN if shown else Level.BLOCK, "not known", known.file)
    types = ", ".join(known.types)
    if known.pinned:
        return finding(code, Level.OK, f"{types}, pinned", "site journal")
    return finding(code, Level.OK, f"{types}, known_hosts", known.file)


def _kept_from(finding: MakeFinding, code: str, cluster: Cluster, *, acts: bool) -> Finding:
    if not acts:
        return finding(code, Level.OK, "off")
    return finding(
        code, Level.OK if cluster.editable else Level.WARN, "on" if cluster.editable else cluster.name
    )


def _dump(finding: MakeFinding, dump_file: str | None) -> Finding:
    if dump_file is None:
        return finding("dump-file", Level.UNKNOWN, "no guest rule names one", "settings")
    return finding("dump-file", Level.OK, dump_file, "settings")
