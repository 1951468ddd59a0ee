"""All settings of vmdump.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.core.target import Machine
from bot.settings.command_line import CommandLine
from bot.settings.database import DatabaseUrl
from bot.settings.guests import GuestRule
from bot.settings.hosts import HostRule
from bot.settings.kinds import Duration, ExistingFile, Folder, Kind, Section
from bot.settings.ops import Ops
from bot.settings.slack import Reference, Slack
from bot.settings.times import Timeouts, Watch
from bot.settings.vcenter import VCenter


class Settings(Section):
    slack: Slack
    """The one workspace and app that the bot answers to."""

    database: DatabaseUrl
    """The bot's memory. `sqlite:///var/lib/vmdump/vmdump.db` is the absolute path that it reads like;
    `sqlite:vmdump.db` starts at this file's folder. `postgresql://user@host/name?sslmode=verify-full` is a
    database of its own on a server; one bot per database there too."""

    database_password: Reference | None = None
    """Password for PostgreSQL, read at each new connection; never in the URL."""

    rbac: ExistingFile
    """The file that says who may do what. Left out: `rbac.yaml` beside the first `--config`."""

    vcenters: Annotated[tuple[VCenter, ...], Field(min_length=1)]
    """Where VMs are."""

    hosts: tuple[HostRule, ...] = ()
    """How to log in to ESXi hosts; the first entry that fits wins, a host that none fits is not entered."""

    guests: tuple[GuestRule, ...] = ()
    """How to look into guests; the first entry that fits wins. Without one, dumps are not verified."""

    record_dir: Folder | None = None
    """Closed records are also written here, as Markdown and JSON."""

    language: Annotated[Literal["en"], Kind("en, the only language so far")] = "en"
    """Language of what people read."""

    timeouts: Timeouts = Timeouts()
    """Bounds of single calls."""

    watch: Watch = Watch()
    """How a guest is watched after the NMI."""

    reconcile: Annotated[Duration, Field(ge=0.05, le=3600)] = 60.0
    """Between two searches for changes that nobody has undone."""

    dispatch: Annotated[Duration, Field(ge=0.02, le=60)] = 1.0
    """Between two searches for approved requests that nobody carries out."""

    ops: Ops = Ops()
    """How the bot itself is watched."""

    command_line: CommandLine = CommandLine()
    """Asking and voting by the command line."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [vcenter.name for vcenter in self.vcenters]
        if len(set(names)) != len(names):
            raise ValueError("vcenters has one name twice; expected each name once")
        if self.database_password is not None and self.database.postgresql is None:
            raise ValueError("database_password goes with a postgresql database only; expected none")
        return self

    def vcenter(self, name: str) -> VCenter:
        """Raises ``KeyError`` for a name that no entry has."""
        return {v.name: v for v in self.vcenters}[name]

    def host_rule(self, host_name: str) -> HostRule | None:
        return next((rule for rule in self.hosts if rule.covers(host_name)), None)

    def guest_rule(self, machine: Machine) -> GuestRule | None:
        return next((rule for rule in self.guests if rule.covers(machine)), None)
