"""Whether a dump would succeed, as far as can be read before anything is changed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.finding import Finding, Level
from bot.core.known_key import KnownKey
from bot.core.purpose import Purpose
from bot.core.signs import GuestFile
from bot.core.target import Host, Machine

HOST_KEY = "host-key"
"""code of the finding that a rehearsal and a pin can mend"""


class _Make(Protocol):
    def __call__(self, code: str, level: Level, seen: str, source: str = ...) -> Finding: ...


def assess(
    machine: Machine,
    host: Host,
    *,
    services: tuple[str, ...],
    keys: tuple[KnownKey, ...],
    purpose: Purpose,
    dump_file: str | None,
    before: GuestFile | None,
    before_unread: str | None,
    now: datetime,
) -> tuple[Finding, ...]:
    """All findings; ``before`` is the dump that is there now, ``before_unread`` why that is not known."""
    vcenter = f"vCenter {machine.target.vcenter}"

    def finding(code: str, level: Level, seen: str, source: str = vcenter) -> Finding:
        return Finding(code=code, level=level, seen=seen, source=source, read_at=now)

    def must(code: str, seen: str, *, ok: bool) -> Finding:
        return finding(code, Level.OK if ok else Level.BLOCK, seen)

    found = [
        must("power", machine.power, ok=machine.power == "poweredOn"),
        must("connection", machine.connection, ok=machine.connection == "connected"),
        must("host-connection", host.connection, ok=host.connection == "connected"),
        must("question", machine.question or "none", ok=machine.question is None),
        must("template", "template" if machine.template else "no", ok=not machine.template),
        # What an NMI does to a lock-stepped pair is not documented [unknown]: not tried.
        must(
            "fault-tolerance",
            machine.fault_tolerance,
            ok=machine.fault_tolerance in {"notConfigured", "disabled"},
        ),
        _services(finding, host, services),
        _lockdown(finding, host),
        *(_key(finding, known, purpose) for known in keys),
    ]
    return (*found, *_dump(finding, dump_file, before, before_unread))


def _services(finding: _Make, host: Host, services: tuple[str, ...]) -> Finding:
    missing = [s for s in services if host.service(s) is None]
    seen = "missing: " + ", ".join(missing) if missing else ", ".join(services)
    return finding("services", Level.BLOCK if missing else Level.OK, seen)


def _lockdown(finding: _Make, host: Host) -> Finding:
    """In lockdown only exception users may log in, and who they are is not read here."""
    free = host.lockdown in {None, "lockdownDisabled"}
    return finding("lockdown", Level.OK if free else Level.WARN, host.lockdown or "not known before 6.0")


def _key(finding: _Make, known: KnownKey, purpose: Purpose) -> Finding:
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


def _dump(
    finding: _Make, dump_file: str | None, before: GuestFile | None, before_unread: str | None
) -> tuple[Finding, ...]:
    if dump_file is None:
        return (finding("dump-file", Level.UNKNOWN, "no guest rule names one", "settings"),)
    known = finding("dump-file", Level.OK, dump_file, "settings")
    if before_unread is not None:
        return known, finding("dump-before", Level.UNKNOWN, before_unread, "guest")
    if before is None:
        return known, finding("dump-before", Level.OK, "none", "guest")
    seen = f"{before.modified_at:%Y-%m-%d}, {before.size / (1 << 30):.1f} GiB"
    return known, finding("dump-before", Level.WARN, seen, "guest")
