"""Which disks make a datastore fill, whatever they are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.core.surroundings import Store, Surroundings, Volume
from bot.vsphere.surroundings import read_surroundings
from tests.unit.core.things import NOW
from tests.unit.vsphere.collector import answering, retrieved

VM = vim.VirtualMachine("vm-1", None)
FIRST, SECOND = vim.Datastore("datastore-1", None), vim.Datastore("datastore-2", None)
_Disk = vim.vm.device.VirtualDisk
ONE_SNAPSHOT = vim.vm.SnapshotInfo(
    rootSnapshotList=[
        vim.vm.SnapshotTree(
            snapshot=vim.vm.Snapshot("snapshot-1", None),
            vm=VM,
            name="one",
            description="",
            id=1,
            createTime=NOW,
            state="poweredOn",
            quiesced=False,
        )
    ]
)


def backing(kind: Any = _Disk.FlatVer2BackingInfo, store: Any = FIRST, **values: Any) -> Any:
    usual = {"fileName": "[nfs01] VM/VM.vmdk", "datastore": store, "diskMode": "persistent"}
    return kind(**(usual | values))


def disk(of: Any) -> Any:
    return _Disk(key=2000, capacityInKB=1, backing=of)


def summary(kind: str, *, accessible: bool = True) -> Any:
    return vim.Datastore.Summary(
        name="nfs01", url="", capacity=100, freeSpace=10, accessible=accessible, type=kind
    )


async def read(vm: Mapping[str, Any], stores: Mapping[Any, Mapping[str, Any]]) -> Surroundings:
    async with answering({"RetrievePropertiesEx": retrieved({VM: vm, **stores})}) as link:
        return await asyncio.to_thread(read_surroundings, link, "vm-1")


@pytest.mark.parametrize(
    ("of", "kind", "snapshotted", "grows"),
    [
        (backing(), "VMFS", False, False),
        (backing(thinProvisioned=True), "VMFS", False, True),
        (backing(thinProvisioned=False), "NFS41", False, False),
        (backing(), "NFS41", False, True),
        (backing(), "vsan", False, True),
        (backing(), "VVOL", False, True),
        (backing(), "VMFS", True, True),
        (backing(diskMode="independent_persistent"), "VMFS", True, False),
        (backing(diskMode="independent_nonpersistent"), "VMFS", False, True),
        # A clone that shares its parent's disk has a file of its own for what is written.
        (backing(parent=backing()), "VMFS", False, True),
        (backing(_Disk.SeSparseBackingInfo), "VMFS", False, True),
        (backing(_Disk.SparseVer2BackingInfo), "VMFS", False, True),
        (backing(_Disk.RawDiskMappingVer1BackingInfo, compatibilityMode="virtualMode"), "NFS", False, False),
        (backing(_Disk.RawDiskMappingVer1BackingInfo, compatibilityMode="virtualMode"), "VMFS", True, True),
    ],
)
async def test_one_disk(of: Any, kind: str, snapshotted: bool, grows: bool) -> None:
    vm = {"config.hardware.device": vim.vm.device.VirtualDevice.Array([disk(of)])}
    if snapshotted:
        vm["snapshot"] = ONE_SNAPSHOT
    seen = await read(vm, {FIRST: {"name": "nfs01", "summary": summary(kind)}})
    assert seen.stores == (Store(name="nfs01", capacity=100, free=10, grows=grows),)
    assert seen.snapshots == int(snapshotted)


async def test_each_datastore_once_and_only_those_under_disks() -> None:
    devices = [
        vim.vm.device.VirtualCdrom(
            key=3000, backing=vim.vm.device.VirtualCdrom.IsoBackingInfo(fileName="[iso] a.iso")
        ),
        disk(backing(thinProvisioned=False)),
        disk(backing(thinProvisioned=True)),
        disk(backing(thinProvisioned=False)),
        disk(backing(store=SECOND, fileName="[a%2fb] VM/VM.vmdk")),
        # A disk that is no file of a datastore.
        disk(_Disk.RawDiskVer2BackingInfo(descriptorFileName="", deviceName="")),
    ]
    third = vim.Datastore("datastore-3", None)
    stores = {
        FIRST: {"name": "nfs01", "summary": summary("VMFS")},
        third: {"name": "iso", "summary": summary("NFS")},
    }
    vm = {"config.hardware.device": vim.vm.device.VirtualDevice.Array(devices)}
    assert (await read(vm, stores)).stores == (
        Store(name="nfs01", capacity=100, free=10, grows=True),
        # Of one that the account may not read its disk's file says the name.
        Store(name="a/b", capacity=None, free=None, grows=False),
    )


async def test_volumes_without_numbers_are_left_out() -> None:
    kind = vim.vm.GuestInfo.DiskInfo
    told = [kind(diskPath="C:\\", capacity=9, freeSpace=3), kind(diskPath="D:\\"), kind(capacity=1)]
    seen = await read({"guest.disk": kind.Array(told)}, {})
    assert seen.volumes == (Volume(path="C:\\", capacity=9, free=3),)


async def test_a_machine_that_tells_nothing() -> None:
    assert await read({}, {}) == Surroundings(
        tools_version=None, volumes=None, stores=(), snapshots=0, consolidation_needed=False, tasks=()
    )


async def test_a_machine_that_is_not_there() -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        async with answering({"RetrievePropertiesEx": lambda _: None}) as link:
            await asyncio.to_thread(read_surroundings, link, "vm-1")
