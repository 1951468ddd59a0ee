"""One simulated site: a vCenter, its hosts, their guests, and what happened to them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.lab.center import Center
from bot.lab.cluster import Cluster
from bot.lab.course import run_course, run_reboot
from bot.lab.datastore import Datastore
from bot.lab.deeds import Called, Effect, Nmi, Via
from bot.lab.events import Events
from bot.lab.firewall import Allowed, Ruleset
from bot.lab.gates import Gates
from bot.lab.host import Host
from bot.lab.pace import Pace
from bot.lab.shell_timeout import ShellTimeouts
from bot.lab.task import Task, Tasks
from bot.lab.tickets import Tickets
from bot.lab.vm import Vm
from bot.lab.vmotion import migrate

# The event a vCenter logs when one of these services of a host comes up (API 4.1).
_START_EVENTS = {"TSM": "LocalTSMEnabledEvent", "TSM-SSH": "RemoteTSMEnabledEvent"}

# What changes besides the things themselves: which machine is where, and what was done and has happened.
LAYOUT = "layout"
LOG = "log"

_Named = TypeVar("_Named", Cluster, Host, Vm)


class World:
    """The state. It does no I/O of its own; `serve` puts it on the network.

    All of it lives on one event loop and is not thread-safe. `revision` grows with every change, and
    `changed` tells in which one a thing changed last; `inventory_revision` is the last in which it was more
    than the log of what was done and has happened.
    """

    def __init__(self, folder: Path, center: Center, pace: Pace, *, datacenter: str) -> None:
        self.folder = folder
        self.vcenter = center
        self.pace = pace
        self.datacenter = datacenter
        self.clusters: list[Cluster] = []
        self.hosts: list[Host] = []
        self.datastores: list[Datastore] = []
        self.vms: list[Vm] = []
        self.events = Events(partial(self.touch, LOG))
        self.nmis: list[Nmi] = []
        self.effects: list[Effect] = []
        self.calls: list[Called] = []
        self.gates = Gates()
        self.tickets = Tickets()
        self.revision = 0
        self.inventory_revision = 0
        self._changed: dict[object, int] = {}
        self._everything_changed = 0
        self._newest_world = 0
        self._places: dict[Vm, object] = {}
        self._waiters: set[asyncio.Future[None]] = set()
        self.tasks = Tasks(self.gates, self.touch, self.spawn)
        self._serving = False
        self._failure: BaseException | None = None
        self._courses: set[asyncio.Task[None]] = set()
        self._shell_timeouts = ShellTimeouts(pace, self._stop_service, self.spawn)
        center.on_change = self.touch

    def add_datastore(self, datastore: Datastore) -> Datastore:
        """Put a datastore into the world."""
        datastore.on_change = partial(self.touch, datastore)
        self.datastores.append(datastore)
        return datastore

    def add_cluster(self, cluster: Cluster) -> Cluster:
        """Put an empty cluster into the world."""
        cluster.on_change = partial(self.touch, cluster)
        self.clusters.append(cluster)
        return cluster

    def add_host(self, host: Host) -> Host:
        """Put a host into the cluster it names. LookupError: there is none of that name."""
        self.cluster(host.cluster)
        host.on_change = partial(self.touch, host)
        for part in (*host.services, *host.rulesets):
            part.on_change = host.on_change
        self.hosts.append(host)
        return host

    def add_vm(self, vm: Vm) -> Vm:
        """Put a virtual machine into the world, which may serve already."""
        vm.on_change = vm.guest.on_change = partial(self._vm_changed, vm)
        vm.log.begin_anew(vm.powered_on_at)
        self.vms.append(vm)
        self._vm_changed(vm)
        if self._serving:
            self.events.log("VmRegisteredEvent", f"Registered {vm.name} on {vm.host.name}", vm=vm)
        return vm

    def rename(self, vm: Vm, name: str, *, user: str = "") -> None:
        """Give a machine another name, as another administrator does; its files keep theirs."""
        details, vm.name = {"oldName": vm.name, "newName": name}, name
        sentence = f"Renamed {details['oldName']} to {name}"
        self.events.log("VmRenamedEvent", sentence, user=user, vm=vm, details=details)

    async def migrate(self, vm: Vm, to: Host, *, by_drs: bool = False, user: str = "") -> Task:
        """Move a machine to another host, as another administrator or DRS does; returns at the end of it.

        A running one gets new worlds there. A move that fails, by `tasks.failing`, leaves it where it was.
        ValueError: it is being moved already.
        """
        return await migrate(self, vm, to, by_drs=by_drs, user=user)

    def fresh_worlds(self) -> tuple[int, int]:
        """A cartel id and a World ID that no machine has had."""
        known = [vm.world_id or 0 for vm in self.vms]
        cartel = self._newest_world = max(self._newest_world, *known) + 211
        return cartel, cartel + 7

    def remove_vm(self, vm: Vm, *, user: str = "") -> None:
        """Take a machine out of the inventory. ValueError: it is not in it."""
        self.vms.remove(vm)
        self.events.log("VmRemovedEvent", f"Removed {vm.name} from {vm.host.name}", user=user, vm=vm)
        self.cluster(vm.host.cluster).forget(vm.moid)
        vm.on_change = vm.guest.on_change = None
        self._places.pop(vm)
        self.touch(LAYOUT)
        self._changed.pop(vm)

    def cluster(self, name: str) -> Cluster:
        """The cluster of that name or managed object id. LookupError: none, or several."""
        return _only([cluster for cluster in self.clusters if name in {cluster.name, cluster.moid}], name)

    def host(self, name: str) -> Host:
        """The host of that name or managed object id. LookupError: none, or several."""
        return _only([host for host in self.hosts if name in {host.name, host.moid}], name)

    def vm(self, name: str) -> Vm:
        """The machine of that name or managed object id. LookupError: none, or several."""
        return _only([vm for vm in self.vms if name in {vm.name, vm.moid}], name)

    def hosts_in(self, cluster: Cluster) -> list[Host]:
        """The hosts of a cluster."""
        return [host for host in self.hosts if host.cluster == cluster.name]

    def vms_on(self, host: Host) -> list[Vm]:
        """The machines registered on a host."""
        return [vm for vm in self.vms if vm.host is host]

    def touch(self, *things: object) -> None:
        """Say that these things changed, or without any that everything may have."""
        self.revision += 1
        if things != (LOG,):
            self.inventory_revision = self.revision
        if not things:
            self._everything_changed = self.revision
        self._changed |= dict.fromkeys(things, self.revision)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def changed(self, *things: object) -> int:
        """The revision of the last change of any of these things; 0 before the first."""
        return max(self._everything_changed, *(self._changed.get(thing, 0) for thing in things))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is asked after every change of the world, never by a clock."""
        while not condition():
            if self._failure is not None:
                raise RuntimeError("a course of the lab's world broke off") from self._failure
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def called(self, name: str) -> None:
        """Log a call that has come in; nothing of the world changes by it."""
        self.calls.append(Called(datetime.now(UTC), name))

    def attempt(self, user: str, call: str, on: str, argument: str) -> Effect:
        """Log a call with an effect that has come in."""
        effect = Effect(datetime.now(UTC), user, call, on, argument)
        self.effects.append(effect)
        self.touch(LOG)
        return effect

    async def set_service(self, host: Host, service_id: str, *, running: bool, user: str = "") -> None:
        """Start or stop a service, as vCenter does for a client, or another administrator behind its back.

        Returns when the service answers, or no longer does. KeyError: the host has no such service.
        """
        service = host.service(service_id)
        if service.running == running:
            return
        service.running = running
        if running and (kind := _START_EVENTS.get(service_id)):
            self.events.log(
                kind, f"{service.label} for the host {host.name} has been enabled", user=user, host=host
            )
        if self._serving:
            self._shell_timeouts.follow(host, service)
        if host.ssh_changed is not None:
            await host.ssh_changed()

    async def set_ruleset(
        self, host: Host, ruleset: Ruleset, *, enabled: bool | None = None, allowed: Allowed | None = None
    ) -> None:
        """Open or close a host's firewall, as vCenter does for a client, or another administrator.

        Returns when what is behind it can be reached, or no longer can.
        """
        ruleset.enabled = ruleset.enabled if enabled is None else enabled
        ruleset.allowed = allowed or ruleset.allowed
        if host.ssh_changed is not None:
            await host.ssh_changed()

    def deliver_nmi(self, host: Host, world_id: int, *, via: Via = "vmdumper") -> bool:
        """Send an NMI to the machine that has that world on that host. False: there is no such world."""
        vm = next((vm for vm in self.vms_on(host) if vm.powered_on and vm.world_id == world_id), None)
        if vm is None:
            return False
        now = datetime.now(UTC)
        self.nmis.append(Nmi(now, host.name, world_id, vm.name, vm.moid, via))
        if vm.machine is not None:
            self.spawn(vm.machine.nmi())
        elif vm.guest.receive_nmi(now):
            if vm.guest.family == "windows":
                vm.log.blue_screen(now)
            if self._serving:
                self.spawn(run_course(self, vm))
        self.touch(LOG)
        return True

    def reboot(self, vm: Vm) -> None:
        """Restart a guest that runs, as its Tools or somebody in it do."""
        vm.guest.reset()
        self.spawn(run_reboot(self, vm))

    def spawn(self, course: Coroutine[Any, Any, None]) -> Callable[[], object]:
        """Let something happen of itself; gives how to call it off.

        It ends with the serving at the latest; if it fails, so does `until`.
        """
        task = asyncio.create_task(course)
        self._courses.add(task)
        task.add_done_callback(self._course_ended)
        return task.cancel

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["World"]:
        """Everything on the network, on 127.0.0.1, until the block ends; then all of it closed."""
        # Imported here: pure worlds, and whoever only wants to name one, need no SOAP and no SSH.
        from bot.lab.serving import listening

        self._serving = True
        try:
            async with listening(self):
                yield self
        finally:
            self._serving = False
            for course in self._courses:
                course.cancel()
            await asyncio.gather(*self._courses, return_exceptions=True)

    def _vm_changed(self, vm: Vm) -> None:
        center = self.vcenter
        if new := tuple(name for name in vm.attributes if name not in center.attributes):
            center.attributes += new
        place = (vm.host, vm.folder, vm.datastore, vm.template)
        moved = self._places.get(vm) != place
        self._places[vm] = place
        self.touch(vm, *([LAYOUT] if moved else []))

    async def _stop_service(self, host: Host, service_id: str) -> None:
        await self.set_service(host, service_id, running=False)

    def _course_ended(self, course: asyncio.Task[None]) -> None:
        self._courses.discard(course)
        if not course.cancelled() and (error := course.exception()) is not None:
            self._failure = error
            self.touch(LOG)


def _only(found: list[_Named], name: str) -> _Named:
    if len(found) != 1:
        raise LookupError(f"the lab has {len(found)} of the name {name!r}")
    return found[0]
