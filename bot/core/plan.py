"""What would be done: the thing that people approve, and its digest."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from bot.core.canonical import sha256_hex
from bot.core.change import Change
from bot.core.cluster import Apart
from bot.core.finding import Finding, Level
from bot.core.purpose import Purpose
from bot.core.route import Leg, PassedOver, Route
from bot.core.target import Machine
from bot.core.value import Value

WAITED_FOR = frozenset({"migrating"})
"""findings that the bot waits for to pass: approved or not, they are gone before anything is changed"""

DRIFTING = frozenset({"heartbeat", "tasks"})
"""findings that come and go while people decide: shown, and no part of what they approve"""

UNBOUND = WAITED_FOR | DRIFTING
"""findings that no approval is bound to"""

OF_SSH = frozenset({"host-key", "host-key-file", "bastion-key", "bastion-key-file", "lockdown"})
"""findings of a plan that logs in to the host; they say nothing about any other route"""


FIRST_VERSION = frozenset({"route", "route_reasons", "changes", "already_on"})


class Plan(Value):
    """Target, routes, changes and readiness, as read at one time."""

    machine: Machine
    host_version: str
    legs: Annotated[tuple[Leg, ...], Field(min_length=1)]
    """Each is tried only if the ones before proved that they sent nothing"""
    passed_over: tuple[PassedOver, ...] = ()
    guards: tuple[Change, ...] = ()
    """what keeps the cluster away from the guest, whatever the route"""
    findings: tuple[Finding, ...]
    dump_file: str | None
    """where the guest writes its dump; None where no guest rule says so"""
    down_seconds: tuple[int, int]
    """estimate of the guest's absence, least and most"""
    apart: tuple[Apart, ...] = ()
    purpose: Purpose = Purpose.CAPTURE

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_version(cls, data: Any) -> Any:
        """Plans in old records know one route; they are read, and their digest is another one now."""
        if not isinstance(data, dict) or "route" not in data:
            return data
        new = {name: value for name, value in data.items() if name not in FIRST_VERSION}
        leg = {"route": data["route"], "changes": data["changes"], "already_on": data["already_on"]}
        return {**new, "legs": [leg]}

    @property
    def route(self) -> Route:
        return self.legs[0].route

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that may be changed, each at the place that numbers it in the ledger."""
        return (*self.guards, *(change for leg in self.legs for change in leg.changes))

    def numbered(self, legs: tuple[Leg, ...]) -> tuple[tuple[int, Change], ...]:
        """What is changed for these legs, the guards first, each with its number in the ledger, from 1."""
        wanted = (*self.guards, *(change for leg in legs for change in leg.changes))
        return tuple((n, change) for n, change in enumerate(self.changes, start=1) if change in wanted)

    @property
    def blocked(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level is Level.BLOCK)

    @property
    def needs_host(self) -> bool:
        """Whether anything of it holds for the one host only."""
        return any(leg.route.needs_host for leg in self.legs)

    def first_leg(self) -> Plan:
        """The same without what would be tried if its first route sent nothing: less than what it was."""
        first = self.legs[:1]
        kept = tuple(f for f in self.findings if self.route is Route.SSH or f.code not in OF_SSH)
        return self.model_copy(update={"legs": first, "findings": kept})

    def digest(self) -> str:
        """What gets approved: purpose, identity, routes, changes, finding levels; no readings: they drift.

        The host belongs to it where a route works on the host.
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
                "host": target.host_moid if self.needs_host else None,
                "legs": [[leg.route.value, *map(_approved, leg.changes)] for leg in self.legs],
                "guards": sorted(map(_approved, self.guards)),
                "findings": sorted(
                    f"{f.code}={f.level.value}" for f in self.findings if f.code not in UNBOUND
                ),
            }
        )


def _approved(change: Change) -> str:
    return f"{change.thing} {change.aim}"


def estimate_down_seconds(memory_mib: int) -> tuple[int, int]:
    """How long the guest is away: memory written twice (page file, then file), plus a restart.

    No rate is published for such writes, so it is assumed: 200 MiB/s and a restart of 2 min at best, 50 MiB/s
    and 5 min at worst.
    """
    return 120 + memory_mib // 200, 300 + 2 * memory_mib // 50
