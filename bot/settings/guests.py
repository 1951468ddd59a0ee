"""The `guests` section: how to look into guests."""

from __future__ import annotations

from typing import Annotated, Literal

from bot.core.policy.glob import folder_match
from bot.core.target import Machine
from bot.settings.kinds import Globs, Kind, Section, Switch, Text
from bot.settings.slack import Reference


class GuestMatch(Section):
    guest: Annotated[Literal["windows", "linux", "any"], Kind("windows, linux or any")] = "any"
    """Family of the guest's operating system."""

    folder: Globs | None = None
    """Inventory folders, such as `/DC1/vm/prod/*`; any if left out."""


class GuestRule(Section):
    match: GuestMatch
    """Which guests. The first entry that fits a VM wins."""

    username: Text
    """Account in the guest."""

    password: Reference
    """Its password; `{vm}`, `{vcenter}` and `{username}` are known.
    It is sent into the guest through vCenter."""

    guest_login: Switch = False
    """Whether the bot may log in before the NMI too: to see whether a dump would succeed, for at most
    `timeouts.guest`, and to arm. After the crash it logs in to look at the dump."""

    dump_file: Text | None = None
    """Where the guest writes its dump; a Windows without it is "not verified". Of Linux it may be one file,
    or the crash folder; `/var/crash` if left out."""

    def covers(self, machine: Machine) -> bool:
        family = self.match.guest in ("any", machine.family)
        folder = self.match.folder
        return family and (folder is None or any(folder_match(p, machine.path) for p in folder))
