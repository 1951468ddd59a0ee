"""What others do to the site meanwhile, as pyVmomi's own client sees it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.lab.esxi.processes import as_text
from bot.lab.modern import modern_world
from bot.lab.task import Fault
from bot.lab.vm import Vm
from bot.lab.world import World
from tests.unit.lab.vim_client import list_by_view, logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=2000).serve() as world:
        yield world


@pytest.fixture
def vm(world: World) -> Vm:
    return world.vm("PayDB")


def events_of(world: World, vm: Vm) -> list[Any]:
    with logged_in(world.vcenter) as instance:
        spec = vim.event.EventFilterSpec
        entity = spec.ByEntity(entity=machine(vm.moid, instance), recursion="self")
        return list(instance.RetrieveContent().eventManager.QueryEvents(spec(entity=entity)))


async def test_a_machine_moves_with_new_worlds(world: World, vm: Vm) -> None:
    before, to, worlds = vm.host, world.host("esx-12.example.com"), (vm.world_id, vm.cartel_id)
    task = await world.migrate(vm, to, user="LAB\\carol")
    assert (task.state, vm.host) == ("success", to)
    assert vm.world_id not in {None, *worlds, vm.cartel_id}

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            found = machine(vm.moid, instance)
            hosts = list_by_view(instance.RetrieveContent(), vim.HostSystem, ["name", "vm"])
            with_it = [each["name"] for each in hosts if vm.moid in [ref._moId for ref in each["vm"]]]
            return found.runtime.host.name, with_it, found.recentTask[0].info

    name, with_it, info = await asyncio.to_thread(ask)
    assert (name, with_it) == (to.name, [to.name])
    assert (info.descriptionId, info.state, info.entityName) == ("VirtualMachine.migrate", "success", "PayDB")
    assert info.name.info.wsdlName == "MigrateVM_Task"
    began, ended = await asyncio.to_thread(events_of, world, vm)
    assert type(began).__name__ == "vim.event.VmBeingHotMigratedEvent"
    assert (began.host.name, began.destHost.name, began.userName) == (before.name, to.name, "LAB\\carol")
    assert type(ended).__name__ == "vim.event.VmMigratedEvent"
    assert (ended.host.name, ended.sourceHost.name) == (to.name, before.name)


async def test_the_old_world_is_gone_with_the_move(world: World, vm: Vm) -> None:
    before, old = vm.host, vm.world_id or 0
    await world.migrate(vm, world.host("esx-12.example.com"))
    assert not world.deliver_nmi(before, old)
    assert f"World ID: {old}\n" not in as_text(world.vms_on(before))
    assert f"World ID: {vm.world_id}\n" in as_text(world.vms_on(vm.host))
    assert world.deliver_nmi(vm.host, vm.world_id or 0)


@pytest.mark.parametrize(
    ("by_drs", "name", "method", "ended"),
    [
        (False, "VirtualMachine.migrate", "MigrateVM_Task", "VmMigratedEvent"),
        (True, "Drm.ExecuteVMotionLRO", None, "DrsVmMigratedEvent"),
    ],
)
async def test_a_move_can_be_held_while_it_runs(
    world: World, vm: Vm, by_drs: bool, name: str, method: str | None, ended: str
) -> None:
    gate = f"Task:{method or name}:before"
    world.gates.close(gate)
    source, to = vm.host, world.host("esx-12.example.com")
    moving = asyncio.create_task(world.migrate(vm, to, by_drs=by_drs))
    await world.gates.reached(gate)

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            found = machine(vm.moid, instance)
            return found.recentTask[0].info, list(found.disabledMethod)

    info, disabled = await asyncio.to_thread(ask)
    assert (info.state, info.descriptionId, info.entityName) == ("running", name, "PayDB")
    assert info.entity._moId == vm.moid
    assert (info.name and info.name.info.wsdlName) == method
    assert isinstance(info.reason, vim.TaskReasonSystem)
    assert disabled == ["MigrateVM_Task", "RelocateVM_Task"]
    assert vm.host is source
    with pytest.raises(ValueError, match="moved already"):
        await world.migrate(vm, to)
    world.gates.open(gate)
    assert (await moving).state == "success"
    assert (await asyncio.to_thread(ask))[1] == []
    assert [event.kind for event in world.events.logged] == ["VmBeingHotMigratedEvent", ended]


async def test_a_move_that_fails_leaves_it_where_it_was(world: World, vm: Vm) -> None:
    source, worlds = vm.host, (vm.world_id, vm.cartel_id)
    world.tasks.failing["MigrateVM_Task"] = Fault("vim.fault.Timedout", "Operation timed out.")
    task = await world.migrate(vm, world.host("esx-12.example.com"))
    assert (task.state, vm.host, (vm.world_id, vm.cartel_id)) == ("error", source, worlds)
    *_, failed = await asyncio.to_thread(events_of, world, vm)
    assert isinstance(failed, vim.event.VmFailedMigrateEvent)
    assert isinstance(failed.reason, vim.fault.Timedout)


async def test_what_is_off_moves_cold_and_loses_its_clusters_entries(world: World) -> None:
    vm, cluster = world.vm("month-end"), world.cluster("Prod-B")
    cluster.drs_vms = {vm.moid: {"enabled": False}}
    await world.migrate(vm, world.host("esx-21.example.com"))
    assert (vm.world_id, cluster.drs_vms) == (None, {})
    assert [event.kind for event in world.events.logged] == ["VmBeingMigratedEvent", "VmMigratedEvent"]


async def test_a_machine_is_renamed(world: World, vm: Vm) -> None:
    world.rename(vm, "PayDB-old", user="LAB\\carol")

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            return machine(vm.moid, instance).name

    assert await asyncio.to_thread(ask) == "PayDB-old"
    (event,) = await asyncio.to_thread(events_of, world, vm)
    assert (event.oldName, event.newName, event.userName) == ("PayDB", "PayDB-old", "LAB\\carol")


async def test_a_machine_goes_and_comes_back(world: World, vm: Vm) -> None:
    def names() -> set[str]:
        with logged_in(world.vcenter) as instance:
            found = list_by_view(instance.RetrieveContent(), vim.VirtualMachine, ["name"])
            return {each["name"] for each in found}

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            return machine(vm.moid, instance).name

    world.remove_vm(vm)
    assert await asyncio.to_thread(names) == {each.name for each in world.vms}
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await asyncio.to_thread(ask)
    world.add_vm(vm)
    assert await asyncio.to_thread(ask) == "PayDB"
    assert [event.kind for event in world.events.logged] == ["VmRemovedEvent", "VmRegisteredEvent"]
