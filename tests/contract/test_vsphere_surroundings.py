"""What is seen around a guest and its disks, against the lab's vCenters of 5.5 and 8.0."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import Code
from bot.core.surroundings import Store, Volume
from bot.lab.guest import Volume as LabVolume
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import refusal

VM = "vm-101"
GIB = 1 << 30


async def test_a_machine_that_is_well(vcenter: PyVmomiVCenter, world: World) -> None:
    seen = await vcenter.surroundings(VM)
    name = world.datastores[0].name
    assert seen.stores == (Store(name=name, capacity=2048 * GIB, free=900 * GIB, grows=True),)
    assert seen.volumes == (Volume(path="C:\\", capacity=60 * GIB, free=world.vm(VM).guest.disk_free_bytes),)
    assert (seen.tools_version, seen.snapshots, seen.consolidation_needed) == ("guestToolsCurrent", 0, False)
    assert seen.tasks == ()
    assert [call.name for call in world.calls].count("RetrievePropertiesEx") == 1


async def test_what_changes_is_seen(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(VM)
    vm.datastore.free_bytes = 3 * GIB
    vm.snapshots = ("before the update", "and after it", "last")
    vm.consolidation_needed = True
    vm.guest.mounts = (LabVolume("D:\\", 10 * GIB, GIB),)
    vm.guest.tools_version = "guestToolsTooOld"
    seen = await vcenter.surroundings(VM)
    assert seen.stores[0].free == 3 * GIB
    assert (seen.snapshots, seen.consolidation_needed, seen.tools_version) == (3, True, "guestToolsTooOld")
    assert seen.volumes is not None
    assert seen.volumes[1] == Volume(path="D:\\", capacity=10 * GIB, free=GIB)


@pytest.mark.parametrize(
    ("kind", "thin", "snapshots", "grows"),
    [
        ("NFS", None, (), True),
        ("NFS", False, (), False),
        ("VMFS", None, (), False),
        ("VMFS", False, (), False),
        ("VMFS", True, (), True),
        ("VMFS", False, ("one",), True),
    ],
)
async def test_where_a_datastore_fills(
    vcenter: PyVmomiVCenter,
    world: World,
    kind: str,
    thin: bool | None,
    snapshots: tuple[str, ...],
    grows: bool,
) -> None:
    vm = world.vm(VM)
    vm.datastore.type, vm.thin, vm.snapshots = kind, thin, snapshots
    (store,) = (await vcenter.surroundings(VM)).stores
    assert store.grows == grows == vm.grows


async def test_what_cannot_be_told(vcenter: PyVmomiVCenter, world: World) -> None:
    store = world.datastores[0]
    store.accessible = False
    unknown = Store(name=store.name, capacity=None, free=None, grows=True)
    assert (await vcenter.surroundings(VM)).stores == (unknown,)
    store.accessible = True
    world.vcenter.unreadable |= {(store.moid, "summary"), (store.moid, "name")}
    assert (await vcenter.surroundings(VM)).stores == (unknown.model_copy(update={"grows": False}),)
    off = next(vm for vm in world.vms if not vm.powered_on)
    assert (await vcenter.surroundings(off.moid)).volumes is None
    assert (await refusal(vcenter.surroundings("vm-4711"))).code is Code.VM_GONE


async def test_tasks_at_work(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(VM)
    for kind in ("createSnapshot", "removeSnapshot"):
        world.tasks.add(None, f"VirtualMachine.{kind}", vm, "backup")
    done = world.tasks.add(None, "VirtualMachine.reconfigure", vm, "backup")
    await world.tasks.perform(done, lambda: None, 0)
    assert (await vcenter.surroundings(VM)).tasks == (
        "VirtualMachine.createSnapshot",
        "VirtualMachine.removeSnapshot",
    )
    assert (await vcenter.surroundings("vm-102")).tasks == ()


async def test_the_write_rate_while_a_dump_is_written(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(VM)
    world.pace.speed = 20.0
    idle = await vcenter.write_rate(VM)
    assert idle is not None
    assert idle < 1 << 20
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    assert await vcenter.write_rate(VM) == 0
    await world.until(lambda: vm.guest.state == "dumping")
    rate = await vcenter.write_rate(VM)
    assert rate is not None
    assert abs(rate * vm.guest.dump_seconds / vm.memory_bytes - 1) < 0.01
    # Which counter is which is asked once.
    assert [call.name for call in world.calls].count("RetrievePropertiesEx") == 1


async def test_the_counters_of_another_session_and_of_luns(vcenter: PyVmomiVCenter, world: World) -> None:
    world.vm(VM).datastore.type = "VMFS"
    first = await vcenter.write_rate(VM)
    world.vcenter.instance_uuid = "renumbered"
    world.vcenter.expire_sessions()
    world.datastores[0].free_bytes -= 1
    assert await vcenter.write_rate(VM) == first


async def test_no_sample(vcenter: PyVmomiVCenter, world: World) -> None:
    off = next(vm for vm in world.vms if not vm.powered_on)
    assert await vcenter.write_rate(off.moid) is None
    world.vm(VM).host.connection_state = "notResponding"
    assert await vcenter.write_rate(VM) is None


async def test_a_datastore_fills_while_a_dump_is_written(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(VM)
    vm.guest.forget(vm.guest.dump_path)
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    await world.until(lambda: vm.guest.crashes > 0 and vm.guest.state == "running")
    seen = await vcenter.surroundings(VM)
    free, volumes = seen.stores[0].free, seen.volumes
    assert free is not None
    assert volumes is not None
    # Memory goes to the page file, and from there into the dump.
    assert abs(900 * GIB - free - 2 * vm.memory_bytes) < vm.memory_bytes // 100
    assert abs(32 * GIB - volumes[0].free - vm.memory_bytes) < vm.memory_bytes // 100


async def test_a_thick_disk_takes_no_more_room(world: World) -> None:
    vm = world.vm(VM)
    vm.thin = False
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    await world.until(lambda: vm.guest.crashes > 0 and vm.guest.state == "running")
    assert vm.datastore.free_bytes == 900 * GIB


async def test_surroundings_survive_a_lost_session(vcenter: PyVmomiVCenter, world: World) -> None:
    before = await vcenter.surroundings(VM)
    world.vcenter.expire_sessions()
    assert await vcenter.surroundings(VM) == before
    answers = await asyncio.gather(*(vcenter.write_rate(VM) for _ in range(4)))
    assert len(set(answers)) == 1
