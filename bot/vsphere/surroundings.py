"""What lies around a guest's disks, in one question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.surroundings import Store, Surroundings, Volume
from bot.vsphere.machine import tasks_at_work
from bot.vsphere.naming import decoded
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.session import Link

_Disk = vim.vm.device.VirtualDisk
_FIRST = ("vm-tasks", "vm-stores")
_STEPS = (
    Step("vm-tasks", vim.VirtualMachine, "recentTask"),
    Step("vm-stores", vim.VirtualMachine, "datastore"),
)
_WANTED = {
    vim.VirtualMachine: (
        "guest.toolsVersionStatus2",
        "guest.disk",
        "config.hardware.device",
        "snapshot",
        "runtime.consolidationNeeded",
        "recentTask",
    ),
    vim.Datastore: ("name", "summary"),
    vim.Task: ("info.descriptionId", "info.state"),
}
_LAZY = frozenset({"NFS", "NFS41", "vsan", "VVOL"})
"""types of datastores that allocate as it is written, unless a disk says otherwise; of the last two common
knowledge [M]"""
_SPARSE = (_Disk.SeSparseBackingInfo, _Disk.SparseVer1BackingInfo, _Disk.SparseVer2BackingInfo)


def read_surroundings(link: Link, vm_moid: str) -> Surroundings:
    """Raises ManagedObjectNotFound. Free space of datastores is as old as vCenter's last look at them."""
    found = ask(link, vim.VirtualMachine(vm_moid, link.stub), _WANTED, _STEPS, _FIRST)
    vm = next((item for item in found if item.moid == vm_moid), None)
    if vm is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=vim.VirtualMachine(vm_moid, None))
    snapshot = vm.get("snapshot")
    snapshots = 0 if snapshot is None else sum(1 for _ in _tree(snapshot.rootSnapshotList))
    stores = {item.moid: item for item in found if isinstance(item.ref, vim.Datastore)}
    tools = vm.get("guest.toolsVersionStatus2")
    return Surroundings(
        tools_version=None if tools is None else str(tools),
        volumes=_volumes(vm),
        stores=_stores(vm, stores, snapshotted=snapshots > 0),
        snapshots=snapshots,
        consolidation_needed=bool(vm.get("runtime.consolidationNeeded", False)),
        tasks=tuple(sorted(set(tasks_at_work(found)))),
    )


def _tree(snapshots: Iterable[Any]) -> Iterator[Any]:
    for snapshot in snapshots:
        yield snapshot
        yield from _tree(snapshot.childSnapshotList or ())


def _volumes(vm: Found) -> tuple[Volume, ...] | None:
    told = [
        Volume(path=disk.diskPath, capacity=disk.capacity, free=disk.freeSpace)
        for disk in vm.get("guest.disk", ())
        if disk.diskPath and disk.capacity is not None and disk.freeSpace is not None
    ]
    return tuple(told) or None


def _stores(vm: Found, stores: dict[str, Found], *, snapshotted: bool) -> tuple[Store, ...]:
    made: dict[str, Store] = {}
    for device in vm.get("config.hardware.device", ()):
        backing = device.backing
        if not isinstance(device, _Disk) or getattr(backing, "datastore", None) is None:
            continue
        key = moid(backing.datastore)
        store = _store(backing, stores.get(key), snapshotted=snapshotted)
        known = made.get(key)
        made[key] = store if known is None or store.grows else known
    return tuple(made.values())


def _store(backing: Any, store: Found | None, *, snapshotted: bool) -> Store:
    summary: Any = None if store is None else store.get("summary")
    # What is said of room on a datastore holds only while some host reaches it.
    told = summary is not None and summary.accessible
    kind = None if summary is None else summary.type
    return Store(
        name=_name(backing, store),
        capacity=summary.capacity if told else None,
        free=summary.freeSpace if told else None,
        grows=_grows(backing, kind, snapshotted=snapshotted),
    )


def _name(backing: Any, store: Found | None) -> str:
    """A disk's file says its datastore's name too: ``[nfs01] DumpTest/DumpTest.vmdk``."""
    of_file = str(backing.fileName).partition("] ")[0].removeprefix("[")
    return decoded(of_file if store is None else store.get("name", of_file))


def _grows(backing: Any, kind: str | None, *, snapshotted: bool) -> bool:
    """Whether what the guest writes takes room that is not taken yet.

    A snapshot leaves independent disks alone; one in a mode that forgets writes keeps them in a file.
    """
    mode = getattr(backing, "diskMode", None)
    thin = getattr(backing, "thinProvisioned", None)
    raw = isinstance(backing, _Disk.RawDiskMappingVer1BackingInfo)
    return (
        isinstance(backing, _SPARSE)
        or mode in {"nonpersistent", "independent_nonpersistent", "undoable", "append"}
        or getattr(backing, "parent", None) is not None
        or (snapshotted and mode != "independent_persistent")
        or bool(thin)
        or (thin is None and kind in _LAZY and not raw)
    )
