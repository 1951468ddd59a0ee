"""A datastore's properties."""

from typing import Any

from pyVmomi import vim

from bot.lab.datastore import Datastore
from bot.lab.vcenter.inventory import Properties
from bot.lab.world import World


def datastore_properties(world: World, store: Datastore, parent: Any) -> Properties:
    """How to compute each property of a datastore, which is an NFS export."""
    return {
        "name": lambda: store.name,
        "parent": lambda: parent,
        "overallStatus": lambda: "green",
        "summary": lambda: _summary(store),
        "info": lambda: _info(store),
        "host": lambda: [_mount(host.moid, store) for host in world.hosts],
        "vm": lambda: [vim.VirtualMachine(vm.moid) for vm in world.vms if vm.datastore is store],
    }


def _summary(store: Datastore) -> Any:
    return vim.Datastore.Summary(
        datastore=vim.Datastore(store.moid),
        name=store.name,
        url=store.url,
        capacity=store.capacity_bytes,
        freeSpace=store.free_bytes,
        accessible=store.accessible,
        multipleHostAccess=True,
        type=store.type,
        maintenanceMode="normal",
    )


def _info(store: Datastore) -> Any:
    return vim.host.NasDatastoreInfo(
        name=store.name,
        url=store.url,
        freeSpace=store.free_bytes,
        nas=vim.host.NasVolume(
            type="NFS",
            name=store.name,
            capacity=store.capacity_bytes,
            remoteHost=store.remote_host,
            remotePath=store.remote_path,
        ),
    )


def _mount(host: str, store: Datastore) -> Any:
    mount = vim.host.MountInfo(path=store.mount, accessMode="readWrite", mounted=True, accessible=True)
    return vim.Datastore.HostMount(key=vim.HostSystem(host), mountInfo=mount)
