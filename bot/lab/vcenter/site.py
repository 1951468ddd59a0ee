"""Lays out a world as a vCenter's tree of managed objects."""

from functools import partial
from typing import Any

from pyVmomi import vim

from bot.lab.task import Entity
from bot.lab.vcenter.cluster_properties import cluster_properties, pool_properties
from bot.lab.vcenter.complete import complete
from bot.lab.vcenter.custom_fields import fields
from bot.lab.vcenter.datastore_properties import datastore_properties
from bot.lab.vcenter.host_managers import host_managers
from bot.lab.vcenter.host_properties import host_properties
from bot.lab.vcenter.inventory import Inventory, Node, Properties
from bot.lab.vcenter.performance_counters import perf_counters
from bot.lab.vcenter.privileges import privilege_list
from bot.lab.vcenter.service_content import guest_managers, service_content
from bot.lab.vcenter.task_properties import reference, task_properties
from bot.lab.vcenter.vm_folders import VmFolders
from bot.lab.vcenter.vm_properties import vm_properties
from bot.lab.vm import Vm
from bot.lab.world import LAYOUT, World

ROOT = vim.Folder("group-d1")
DATACENTER = vim.Datacenter("datacenter-2")
VM_FOLDER = vim.Folder("group-v3")
HOST_FOLDER = vim.Folder("group-h4")
DATASTORE_FOLDER = vim.Folder("group-s5")
NETWORK_FOLDER = vim.Folder("group-n6")


class Site:
    """The inventory of one world. Hosts, clusters and datastores are fixed; machines come, go and move."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.inventory = Inventory(self._follow)
        self.clusters = {cluster.moid: cluster for cluster in world.clusters}
        self.hosts = {host.moid: host for host in world.hosts}
        self._vms: dict[str, Vm] = {}
        self._folders = VmFolders(f"/{world.datacenter}/vm", VM_FOLDER)
        self._laid_out = -1
        self._tasks = 0
        self._datastore_refs: list[Any] = [vim.Datastore(store.moid) for store in world.datastores]
        self._add_managers()
        self._add_compute()
        self._add_datastores()
        self._add_folders()

    @property
    def vms(self) -> dict[str, Vm]:
        """The machines by managed object id."""
        self._follow()
        return self._vms

    def add(self, ref: Any, properties: Properties, *things: object) -> None:
        """Make an object known whose properties depend on these things of the world, or else on anything."""
        world = self._world
        changed = partial(world.changed, *things) if things else lambda: world.revision
        self.inventory.add(Node(ref, properties, changed))

    def _add_managers(self) -> None:
        content = service_content(self._world.vcenter)
        self.add(
            vim.ServiceInstance("ServiceInstance"),
            {"content": lambda: content, "capability": lambda: complete(vim.Capability())},
        )
        self.add(content.propertyCollector, {"filter": list})
        self.add(content.viewManager, {"viewList": list})
        self.add(content.sessionManager, {})
        self.add(content.authorizationManager, {"privilegeList": privilege_list})
        self.add(content.customFieldsManager, {"field": partial(fields, self._world.vcenter)})
        self.add(content.eventManager, {})
        self.add(content.perfManager, {"perfCounter": partial(perf_counters, self._world.vcenter)})
        self.add(content.taskManager, {"recentTask": partial(self._recent_tasks, None)})
        guest = guest_managers()
        self.add(content.guestOperationsManager, {name: partial(dict.get, guest, name) for name in guest})
        for manager in guest.values():
            self.add(manager, {})

    def _add_compute(self) -> None:
        for cluster in self._world.clusters:
            ref, pool = vim.ClusterComputeResource(cluster.moid), vim.ResourcePool(cluster.pool)
            properties = cluster_properties(self._world, cluster, HOST_FOLDER)
            self._add_entity(cluster, properties, cluster)
            self.add(pool, pool_properties(self._world, cluster), LAYOUT)
            for host in self._world.hosts_in(cluster):
                self._add_entity(host, host_properties(self._world, host, ref), host, LAYOUT)
                for manager, properties in host_managers(host):
                    self.add(manager, properties, host)

    def _add_datastores(self) -> None:
        for store in self._world.datastores:
            properties = datastore_properties(self._world, store, DATASTORE_FOLDER)
            self.add(vim.Datastore(store.moid), properties, store, LAYOUT)

    def _add_folders(self) -> None:
        self._add_folder(ROOT, "Datacenters", None, [DATACENTER])
        self.add(
            DATACENTER,
            {
                "name": lambda: self._world.datacenter,
                "parent": lambda: ROOT,
                "vmFolder": lambda: VM_FOLDER,
                "hostFolder": lambda: HOST_FOLDER,
                "datastoreFolder": lambda: DATASTORE_FOLDER,
                "networkFolder": lambda: NETWORK_FOLDER,
                "datastore": lambda: self._datastore_refs,
                "network": list,
                "overallStatus": lambda: "green",
            },
            LAYOUT,
        )
        clusters = [vim.ClusterComputeResource(cluster.moid) for cluster in self._world.clusters]
        self._add_folder(HOST_FOLDER, "host", DATACENTER, clusters)
        self._add_folder(DATASTORE_FOLDER, "datastore", DATACENTER, self._datastore_refs)
        self._add_folder(NETWORK_FOLDER, "network", DATACENTER, [])

    def _follow(self) -> None:
        """Take in machines and tasks that came, and drop machines that went."""
        for task in self._world.tasks.begun[self._tasks :]:
            self.add(vim.Task(task.moid), task_properties(task), task)
        self._tasks = len(self._world.tasks.begun)
        changed = self._world.changed(LAYOUT)
        if self._laid_out == changed:
            return
        self._laid_out = changed
        vms = {vm.moid: vm for vm in self._world.vms}
        for gone in self._vms.keys() - vms.keys():
            self.inventory.remove(gone)
        for path in self._folders.place(self._world.vms):
            self._add_vm_folder(path)
        for moid, vm in vms.items():
            if self._vms.get(moid) is not vm:
                self._add_vm(vm)
        self._vms = vms

    def _add_vm(self, vm: Vm) -> None:
        folder, pool = lambda: self._folders.of(vm.folder), lambda: self._pool_of(vm)
        properties = vm_properties(vm, folder, pool, self._world.vcenter)
        self._add_entity(vm, properties, vm, vm.datastore)

    def _add_entity(self, entity: Entity, properties: Properties, *things: object) -> None:
        """What tasks can be about."""
        recent = partial(self._recent_tasks, entity)
        self.add(reference(entity), {**properties, "recentTask": recent}, *things)

    def _recent_tasks(self, entity: Entity | None) -> list[Any]:
        return [vim.Task(task.moid) for task in self._world.tasks.recent(entity)]

    def _pool_of(self, vm: Vm) -> Any:
        return vim.ResourcePool(self._world.cluster(vm.host.cluster).pool)

    def _add_vm_folder(self, path: str) -> None:
        above, _, name = path.rpartition("/")
        folder = self._folders.of(path)
        parent = DATACENTER if folder is VM_FOLDER else self._folders.of(above)
        self.add(
            folder,
            {
                "name": lambda: name,
                "parent": lambda: parent,
                "childEntity": lambda: self._folders.children(path),
                "overallStatus": lambda: "green",
            },
            LAYOUT,
        )

    def _add_folder(self, ref: Any, name: str, parent: Any, children: list[Any]) -> None:
        self.add(
            ref,
            {
                "name": lambda: name,
                "parent": lambda: parent,
                "childEntity": lambda: children,
                "overallStatus": lambda: "green",
            },
            LAYOUT,
        )
