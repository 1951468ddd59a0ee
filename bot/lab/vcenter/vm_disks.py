"""A machine's virtual disk and the snapshots of it."""

from typing import Any

from pyVmomi import vim

from bot.lab.vm import Vm

_CONTROLLER = 1000
_FIRST_DISK = 2000
DISK = "scsi0:0"


def devices(vm: Vm) -> list[Any]:
    """Its one disk and what that hangs on."""
    controller = vim.vm.device.ParaVirtualSCSIController(
        key=_CONTROLLER, busNumber=0, sharedBus="noSharing", scsiCtlrUnitNumber=7, device=[_FIRST_DISK]
    )
    disk = vim.vm.device.VirtualDisk(
        key=_FIRST_DISK,
        controllerKey=_CONTROLLER,
        unitNumber=0,
        capacityInKB=vm.guest.disk_bytes >> 10,
        backing=_backing(vm, len(vm.snapshots)),
    )
    return [controller, disk]


def _backing(vm: Vm, snapshots: int) -> Any:
    """The file that is written to; below it, with each snapshot, the one that was written to before."""
    number = f"-{snapshots:06}" if snapshots else ""
    return vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
        fileName=f"{vm.vmx_path.removesuffix('.vmx')}{number}.vmdk",
        datastore=vim.Datastore(vm.datastore.moid),
        diskMode="persistent",
        thinProvisioned=vm.thin,
        parent=_backing(vm, snapshots - 1) if snapshots else None,
    )


def snapshot_info(vm: Vm) -> Any:
    """`VirtualMachine.snapshot`: None without any; each is taken on top of the one before."""
    if not vm.snapshots:
        return None
    return vim.vm.SnapshotInfo(
        currentSnapshot=_reference(vm, len(vm.snapshots)), rootSnapshotList=_tree(vm, 1)
    )


def _tree(vm: Vm, number: int) -> list[Any]:
    if number > len(vm.snapshots):
        return []
    tree = vim.vm.SnapshotTree(
        snapshot=_reference(vm, number),
        vm=vim.VirtualMachine(vm.moid),
        name=vm.snapshots[number - 1],
        description="",
        id=number,
        createTime=vm.powered_on_at,
        state="poweredOn",
        quiesced=False,
        childSnapshotList=_tree(vm, number + 1),
    )
    return [tree]


def _reference(vm: Vm, number: int) -> Any:
    return vim.vm.Snapshot(f"snapshot-{vm.moid.removeprefix('vm-')}{number:02}")
