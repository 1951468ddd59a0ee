"""What would be done: the thing that people approve, and its digest."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import model_validator

from bot.core.canonical import sha256_hex
from bot.core.change import Change
from bot.core.cluster import Apart
from bot.core.estimate import Estimate
from bot.core.finding import Finding, Level
from bot.core.guest_change import GuestChange
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


class Restart(StrEnum):
    """Of the guest, for what arming changes to count."""

    NONE = "none"
    OWED = "owed"
    """nobody has told the bot to: people do it when they like"""
    DONE = "done"
    """by the bot, at the end"""


class Plan(Value):
    """Target, routes, changes and readiness, as read at one time."""

    machine: Machine
    host_version: str
    legs: tuple[Leg, ...]
    """Each is tried only if the ones before proved that they sent nothing. Arming takes none"""
    passed_over: tuple[PassedOver, ...] = ()
    guards: tuple[Change, ...] = ()
    """what keeps the cluster away from the guest, whatever the route"""
    guest: tuple[GuestChange, ...] = ()
    """what arming changes in the guest, and leaves so until it is disarmed"""
    restart: Restart = Restart.NONE
    """what arming needs of it"""
    overridden: tuple[str, ...] = ()
    """codes of findings that forbid the dump and that the requester, who may, puts up with"""
    findings: tuple[Finding, ...]
    dump_file: str | None
    """where the guest writes its dump; None where no guest rule says so"""
    down_seconds: tuple[int, int]
    """estimate of the guest's absence, least and most"""
    estimate: Estimate | None = None
    """of a plan that crashes; older ones have none"""
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

    @model_validator(mode="after")
    def _only_arming_takes_no_route(self) -> Self:
        if bool(self.legs) == (self.purpose is Purpose.ARM):
            raise ValueError("a plan has a route, unless it is one of arming")
        return self

    @property
    def route(self) -> Route:
        return self.legs[0].route

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that may be changed, each at the place that numbers it in the ledger."""
        return (*self.guards, *self.guest, *(change for leg in self.legs for change in leg.changes))

    def numbered(self, legs: tuple[Leg, ...]) -> tuple[tuple[int, Change], ...]:
        """What is changed for these legs, the guards first, each with its number in the ledger, from 1."""
        wanted = (*self.guards, *self.guest, *(change for leg in legs for change in leg.changes))
        return tuple((n, change) for n, change in enumerate(self.changes, start=1) if change in wanted)

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """What forbids it, and is not put up with."""
        return tuple(f for f in self.findings if f.level is Level.BLOCK and f.code not in self.overridden)

    @property
    def needs_host(self) -> bool:
        """Whether anything of it holds for the one host only."""
        return any(leg.route.needs_host for leg in self.legs)

    def first_leg(self) -> Plan:
        """The same without what would be tried if its first route sent nothing: less than what it was."""
        first = self.legs[:1]
        by_ssh = any(leg.route is Route.SSH for leg in first)
        kept = tuple(f for f in self.findings if by_ssh or f.code not in OF_SSH)
        return self.model_copy(update={"legs": first, "findings": kept})

    def digest(self) -> str:
        """What gets approved: purpose, identity, routes, changes, finding levels; no readings: they drift.

        The host belongs to it where a route works on the host.
        """
        target = self.machine.target
        # What older plans do not know of leaves their digest as it was.
        newer: dict[str, object] = {}
        if self.purpose is Purpose.ARM:
            guest = [f"{_approved(change)} {change.before}" for change in self.guest]
            newer |= {"guest": guest, "restart": self.restart.value}
        if self.overridden:
            newer |= {"overridden": sorted(self.overridden)}
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
                **newer,
            }
        )


def _approved(change: Change) -> str:
    return f"{change.thing} {change.aim}"
