"""Puts hosts and machines into a world, with ids in the order of adding and passwords made up anew."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from bot.lab.datastore import Datastore
from bot.lab.guest import Guest
from bot.lab.guest_file import Family
from bot.lab.host import Host, Service
from bot.lab.leaving import leave_dump
from bot.lab.linux import Distribution
from bot.lab.vm import Vm
from bot.lab.world import World

AGENT_MANAGER = "com.vmware.vim.eam"
_PAGE_FILE_BEYOND_MB = 512
_UP_FOR = timedelta(days=41, hours=3)


@dataclass(frozen=True)
class System:
    """An operating system: its id and name in the vSphere API, and what it calls itself on the screen."""

    family: Family
    guest_id: str
    full_name: str
    shown_as: str
    memory_mb: int
    distribution: Distribution = "rhel9"


def made_up_uuid(name: str, domain: str) -> str:
    """A fixed UUID of the lab's own; never a real machine's."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.{domain}"))


@dataclass(frozen=True)
class Release:
    """A release of ESXi."""

    version: str
    build: str
    api_version: str
    hardware_version: str
    lockdown_mode: str | None


class Builder:
    """Builds in one world with one datastore. `domain` is what the fixed ids are derived from."""

    def __init__(self, world: World, datastore: Datastore, release: Release, domain: str) -> None:
        self._world = world
        self._datastore = datastore
        self._release = release
        self._domain = domain
        self._booted_at = datetime.now(UTC) - _UP_FOR

    def host(self, moid: str, name: str, cluster: str) -> Host:
        """A host as installed: SSH and the shell are off."""
        return self._world.add_host(
            Host(
                moid=moid,
                name=name,
                cluster=cluster,
                version=self._release.version,
                build=self._release.build,
                api_version=self._release.api_version,
                lockdown_mode=self._release.lockdown_mode,
                services=[
                    Service("TSM", "ESXi Shell"),
                    Service("TSM-SSH", "SSH"),
                    Service("ntpd", "NTP Daemon", running=True, policy="on"),
                ],
                root_password=secrets.token_urlsafe(12),
            )
        )

    def vm(
        self,
        name: str,
        folder: str,
        host: Host,
        system: System,
        *,
        worlds: tuple[int, int] | None,
        directory: str | None = None,
        **fields: Any,
    ) -> Vm:
        """A machine that runs with this World ID and cartel id, or is off; `fields` are further ones of Vm.

        A Linux is as installed: it logs an unknown NMI and carries on.
        """
        number = len(self._world.vms) + 1
        directory = directory or name
        made: dict[str, Any] = {
            "moid": f"vm-{100 + number}",
            "uuid": made_up_uuid(f"bios.{number}", self._domain),
            "instance_uuid": made_up_uuid(f"instance.{number}", self._domain),
            "memory_mb": system.memory_mb,
            "hardware_version": self._release.hardware_version,
        }
        return self._world.add_vm(
            Vm(
                name=name,
                folder=folder,
                host=host,
                datastore=self._datastore,
                directory=directory,
                cpus=2,
                guest_id=system.guest_id,
                guest_full_name=system.full_name,
                guest=self._guest(system, directory, running=worlds is not None),
                powered_on_at=self._booted_at,
                world_id=worlds[0] if worlds else None,
                cartel_id=worlds[1] if worlds else None,
                **made | fields,
            )
        )

    def crashed_before(self, vm: Vm) -> None:
        """Leave the dump of a crash of a hundred days ago in the guest."""
        vm.guest.keep(leave_dump(self._world, vm, crashed_at=datetime.now(UTC) - timedelta(days=100)))

    def _guest(self, system: System, directory: str, *, running: bool) -> Guest:
        windows = system.family == "windows"
        return Guest(
            family=system.family,
            system=system.shown_as,
            host_name=f"{directory.split(' ')[0].lower()}.example.com",
            username=r"LAB\svc-vmdump" if windows else "svc-vmdump",
            password=secrets.token_urlsafe(12),
            booted_at=self._booted_at,
            state="running" if running else "off",
            dump_path=r"C:\MemoryDump\MEMORY.DMP" if windows else "/var/crash/vmcore",
            distribution=system.distribution,
            memory_mb=system.memory_mb,
            page_file_mb=system.memory_mb + _PAGE_FILE_BEYOND_MB,
        )
