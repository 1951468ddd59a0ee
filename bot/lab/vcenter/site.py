"""Lays out a world as a vCenter's tree of managed objects."""

from functools import partial
from typing import Any

from pyVmomi import vim

from bot.lab.vcenter.complete import complete
from bot.lab.vcenter.datastore_properties import datastore_properties
from bot.lab.vcenter.host_managers import host_managers
from bot.lab.vcenter.host_properties import host_properties
from bot.lab.vcenter.inventory import Inventory, Node, Properties
from bot.lab.vcenter.migration import migration_properties, migration_task
from bot.lab.vcenter.privileges import privilege_list
from bot.lab.vcenter.service_content import guest_managers, service_content
from bot.lab.vcenter.vm_properties import vm_properties
from bot.lab.world import World

ROOT = vim.Folder("group-d1")
DATACENTER = vim.Datacenter("datacenter-2")
VM_FOLDER = vim.Folder("group-v3")
HOST_FOLDER = vim.Folder("group-h4")
DATASTORE_FOLDER = vim.Folder("group-s5")
NETWORK_FOLDER = vim.Folder("group-n6")
CLUSTER = vim.ClusterComputeResource("domain-c7")
POOL = vim.ResourcePool("resgroup-8")


class Site:
    """Builds the inventory of one world; which machines and hosts there are is fixed from then on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.inventory = Inventory(lambda: world.revision)
        self.vms = {vm.moid: vm for vm in world.vms}
        self.hosts = {host.moid: host for host in world.hosts}
        self._vm_refs: list[Any] = [vim.VirtualMachine(moid) for moid in self.vms]
        self._host_refs: list[Any] = [vim.HostSystem(moid) for moid in self.hosts]
        self._datastore_refs: list[Any] = [vim.Datastore(store.moid) for store in world.datastores]
        self._add_managers()
        self._add_compute()
        self._add_datastores()
        self._add_folders()

    def _add(self, ref: Any, properties: Properties) -> None:
        self.inventory.add(Node(ref, properties))

    def _add_managers(self) -> None:
        content = service_content(self._world.vcenter)
        self._add(
            vim.ServiceInstance("ServiceInstance"),
            {"content": lambda: content, "capability": lambda: complete(vim.Capability())},
        )
        self._add(content.propertyCollector, {"filter": list})
        self._add(content.viewManager, {"viewList": list})
        self._add(content.sessionManager, {})
        self._add(content.authorizationManager, {"privilegeList": privilege_list})
        self._add(content.eventManager, {})
        guest = guest_managers()
        self._add(content.guestOperationsManager, {name: partial(dict.get, guest, name) for name in guest})
        for manager in guest.values():
            self._add(manager, {})

    def _add_compute(self) -> None:
        self._add(
            CLUSTER,
            {
                "name": lambda: self._world.cluster,
                "parent": lambda: HOST_FOLDER,
                "host": lambda: self._host_refs,
                "datastore": lambda: self._datastore_refs,
                "network": list,
                "resourcePool": lambda: POOL,
                "overallStatus": lambda: "green",
            },
        )
        self._add(
            POOL,
            {
                "name": lambda: "Resources",
                "parent": lambda: CLUSTER,
                "owner": lambda: CLUSTER,
                "resourcePool": list,
                "vm": lambda: self._vm_refs,
            },
        )
        for host in self._world.hosts:
            self._add(vim.HostSystem(host.moid), host_properties(self._world, host, CLUSTER))
            for ref, properties in host_managers(host):
                self._add(ref, properties)

    def _add_datastores(self) -> None:
        for store in self._world.datastores:
            properties = datastore_properties(self._world, store, DATASTORE_FOLDER)
            self._add(vim.Datastore(store.moid), properties)

    def _add_folders(self) -> None:
        self._add_folder(ROOT, "Datacenters", None, [DATACENTER])
        self._add(
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
        )
        self._add_folder(HOST_FOLDER, "host", DATACENTER, [CLUSTER])
        self._add_folder(DATASTORE_FOLDER, "datastore", DATACENTER, self._datastore_refs)
        self._add_folder(NETWORK_FOLDER, "network", DATACENTER, [])
        self._add_vm_folders()

    def _add_vm_folders(self) -> None:
        top = f"/{self._world.datacenter}/vm"
        refs: dict[str, Any] = {top: VM_FOLDER}
        children: dict[str, list[Any]] = {top: []}
        for vm in self._world.vms:
            for path in _ancestors(vm.folder, top):
                if path not in refs:
                    refs[path] = vim.Folder(f"group-v{20 + len(refs)}")
                    children[path] = []
                    children[path.rpartition("/")[0]].append(refs[path])
            children[vm.folder].append(vim.VirtualMachine(vm.moid))
            self._add(vim.VirtualMachine(vm.moid), vm_properties(vm, refs[vm.folder], POOL))
            self._add(migration_task(vm), migration_properties(vm))
        for path, ref in refs.items():
            parent = DATACENTER if path == top else refs[path.rpartition("/")[0]]
            self._add_folder(ref, path.rpartition("/")[2], parent, children[path])

    def _add_folder(self, ref: Any, name: str, parent: Any, children: list[Any]) -> None:
        self._add(
            ref,
            {
                "name": lambda: name,
                "parent": lambda: parent,
                "childEntity": lambda: children,
                "overallStatus": lambda: "green",
            },
        )


def _ancestors(folder: str, top: str) -> list[str]:
    """The folders from below `top` down to the folder itself."""
    if folder != top and not folder.startswith(f"{top}/"):
        raise ValueError(f"{folder} is not below {top}")
    names = folder.removeprefix(top).strip("/").split("/") if folder != top else []
    return [f"{top}/{'/'.join(names[: i + 1])}" for i in range(len(names))]
