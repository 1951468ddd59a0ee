"""The guests of one vCenter, and whose account is used in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.target import Machine
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.guest_files import GuestPath
from bot.vsphere.machine import read_machine
from bot.vsphere.session import Link


@dataclass(frozen=True)
class Guests:
    endpoint: VCenterEndpoint
    rules: Sequence[GuestRule]

    def rule(self, machine: Machine) -> GuestRule | None:
        return next((rule for rule in self.rules if rule.covers(machine)), None)

    def path(self, link: Link, moid: str, path: str) -> GuestPath:
        # Read each time: a machine that was moved to another folder falls under another rule.
        machine = read_machine(link, self.endpoint.name, moid)
        return GuestPath(machine, self.rule(machine), path)
