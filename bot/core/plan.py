"""What would be done: the thing that people approve, and its digest."""

from __future__ import annotations

from enum import StrEnum

from bot.core.canonical import sha256_hex
from bot.core.change import ServiceChange
from bot.core.errors import Code
from bot.core.finding import Finding, Level
from bot.core.purpose import Purpose
from bot.core.target import Machine
from bot.core.value import Value


class Route(StrEnum):
    """The way the memory is taken."""

    SSH = "ssh"


class Plan(Value):
    """Target, route, changes and readiness, as read at one time."""

    machine: Machine
    host_version: str
    route: Route
    route_reasons: tuple[tuple[Route, Code], ...]
    """routes passed over, each with the reason"""
    changes: tuple[ServiceChange, ...]
    already_on: tuple[str, ...]
    """labels of services that run already: they are used and left running"""
    findings: tuple[Finding, ...]
    dump_file: str | None
    """where the guest writes its dump; None where no guest rule says so"""
    down_seconds: tuple[int, int]
    """estimate of the guest's absence, least and most"""
    purpose: Purpose = Purpose.CAPTURE

    @property
    def blocked(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level is Level.BLOCK)

    def digest(self) -> str:
        """What gets approved: purpose, identity, route, changes, finding levels; readings drift and stay out.

        The host belongs to it, since the only route so far works on the host.
        """
        target = self.machine.target
        return sha256_hex(
            {
                "purpose": self.purpose.value,
                "vcenter": target.vcenter,
                "moid": target.moid,
                "instance_uuid": target.instance_uuid,
                "bios_uuid": target.bios_uuid,
                "vmx_path": target.vmx_path,
                "host": target.host_moid,
                "route": self.route.value,
                "changes": sorted(change.thing for change in self.changes),
                "findings": sorted(f"{f.code}={f.level.value}" for f in self.findings),
            }
        )


def estimate_down_seconds(memory_mib: int) -> tuple[int, int]:
    """How long the guest is away: memory written twice (page file, then file), plus a restart.

    No rate is published for such writes, so it is assumed: 200 MiB/s and a restart of 2 min at best, 50 MiB/s
    and 5 min at worst.
    """
    return 120 + memory_mib // 200, 300 + 2 * memory_mib // 50
