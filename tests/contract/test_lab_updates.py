"""Waiting for changes at the lab's vCenter, by pyVmomi's own client."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from bot.lab.modern import modern_world
from bot.lab.world import World
from tests.unit.lab.vim_client import PC, logged_in, machine

T = TypeVar("T")
WAITS = "WaitForUpdatesEx:before"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=2000).serve() as world:
        yield world


def of_machines(content: Any, paths: list[str]) -> Any:
    """All machines through a container view."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    traversal = PC.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[PC.PropertySpec(type=vim.VirtualMachine, pathSet=paths)],
    )


def of(ref: Any, *paths: str) -> Any:
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=ref)], propSet=[PC.PropertySpec(type=type(ref), pathSet=list(paths))]
    )


def told(answer: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, id, changes) of every object."""
    assert all(
        change.op == "assign" for each in answer.filterSet for o in each.objectSet for change in o.changeSet
    )
    return [
        (o.kind, o.obj._moId, {change.name: change.val for change in o.changeSet})
        for each in answer.filterSet
        for o in each.objectSet
    ]


class Client:
    """Calls in a thread of its own; each call of a test waits for its end, `begin` does not."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.collector = content.propertyCollector

    async def do(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.to_thread(call, *args)

    async def wait(self, version: str, seconds: int | None = 60, size: int | None = None) -> Any:
        options = PC.WaitOptions(maxWaitSeconds=seconds, maxObjectUpdates=size)
        return await self.do(self.collector.WaitForUpdatesEx, version, options)


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    entered = logged_in(world.vcenter)
    instance = await asyncio.to_thread(entered.__enter__)
    yield Client(await asyncio.to_thread(instance.RetrieveContent))
    with suppress(vim.fault.NotAuthenticated):
        await asyncio.to_thread(entered.__exit__, None, None, None)


async def watch(client: Client, *paths: str) -> str:
    """A filter over all machines; gives the version after everything was told."""
    spec = await client.do(of_machines, client.content, list(paths))
    await client.do(client.collector.CreateFilter, spec, False)
    return str((await client.wait("")).version)


async def begun(world: World, client: Client, version: str, seconds: int | None = 60) -> "asyncio.Task[Any]":
    """A call that waits already."""
    world.gates.close(WAITS)
    calling = asyncio.create_task(client.wait(version, seconds))
    await world.gates.reached(WAITS)
    world.gates.open(WAITS)
    return calling


async def test_the_first_answer_tells_everything(world: World, client: Client) -> None:
    spec = await client.do(of_machines, client.content, ["name", "runtime.host", "config.managedBy"])
    await client.do(client.collector.CreateFilter, spec, False)
    answer = await client.wait("")
    found = {moid: (kind, changes) for kind, moid, changes in told(answer)}
    assert found.keys() == {vm.moid for vm in world.vms}
    assert {kind for kind, _ in found.values()} == {"enter"}
    _, changes = found["vm-101"]
    assert changes.keys() == {"name", "runtime.host"}
    assert (changes["name"], changes["runtime.host"]._moId) == ("PayDB", world.vm("PayDB").host.moid)
    assert not answer.truncated


async def test_pages_add_up_and_each_is_told_once(world: World, client: Client) -> None:
    spec = await client.do(of_machines, client.content, ["name"])
    await client.do(client.collector.CreateFilter, spec, False)
    answers = [await client.wait("", size=5)]
    while answers[-1].truncated:
        answers.append(await client.wait(answers[-1].version, size=5))
    sizes = [len(told(answer)) for answer in answers]
    assert sizes[:-1] == [5] * (len(sizes) - 1)
    assert sorted(moid for each in answers for _, moid, _ in told(each)) == sorted(
        vm.moid for vm in world.vms
    )
    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        await client.wait(answers[0].version, size=5)
    assert await client.wait(answers[-1].version, 0) is None


async def test_what_changed_is_told_and_nothing_else(world: World, client: Client) -> None:
    version = await watch(client, "name", "guestHeartbeatStatus", "config.annotation")
    vm = world.vm("PayDB")
    vm.name = "PayDB-old"
    vm.cpus = 64
    answer = await client.wait(version)
    assert told(answer) == [("modify", vm.moid, {"name": "PayDB-old"})]
    assert answer.version != version
    assert await client.wait(answer.version, 0) is None


async def test_a_call_waits_until_something_changes(world: World, client: Client) -> None:
    version = await watch(client, "name")
    waiting = await begun(world, client, version)
    world.vm("PayDB").cpus = 64
    world.events.log("GeneralUserEvent", "nothing that is watched")
    assert not waiting.done()
    world.rename(world.vm("PayDB"), "PayDB-old")
    assert told(await waiting) == [("modify", "vm-101", {"name": "PayDB-old"})]


async def test_a_call_that_waited_long_enough_ends_with_nothing(client: Client) -> None:
    version = await watch(client, "name")
    assert await client.wait(version, 1) is None
    assert await client.do(client.collector.CheckForUpdates, version) is None


async def test_a_negative_wait_is_refused(client: Client) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        await client.wait("", -1)


async def test_machines_come_and_go(world: World, client: Client) -> None:
    version = await watch(client, "name")
    vm = world.vm("PayDB")
    world.remove_vm(vm)
    gone = await client.wait(version)
    assert told(gone) == [("leave", vm.moid, {})]
    world.add_vm(vm)
    assert told(await client.wait(gone.version)) == [("enter", vm.moid, {"name": "PayDB"})]


async def test_a_move_is_told(world: World, client: Client) -> None:
    version = await watch(client, "runtime.host")
    to = world.host("esx-12.example.com")
    await world.migrate(world.vm("PayDB"), to)
    ((kind, moid, changes),) = told(await client.wait(version))
    assert (kind, moid, changes["runtime.host"]._moId) == ("modify", "vm-101", to.moid)


async def test_a_crash_is_told(world: World, client: Client) -> None:
    vm = world.vm("PayDB")
    version = await watch(client, "guest.guestKernelCrashed")
    world.deliver_nmi(vm.host, vm.world_id or 0)
    assert told(await client.wait(version)) == [("modify", vm.moid, {"guest.guestKernelCrashed": True})]


async def test_what_is_unset_is_told_without_a_value(world: World, client: Client) -> None:
    vm = world.vm("vCLS-5f2b8e1a")
    version = await watch(client, "config.managedBy.extensionKey")
    vm.managed_by = None
    assert told(await client.wait(version)) == [("modify", vm.moid, {"config.managedBy.extensionKey": None})]


async def test_an_answer_that_was_lost_is_given_again(world: World, client: Client) -> None:
    version = await watch(client, "name")
    world.vm("PayDB").name = "PayDB-old"
    first = await client.wait(version)
    world.vm("twin").name = "twin-old"
    again = await client.wait(version)
    assert [changes for _, _, changes in told(again)] == [{"name": "PayDB-old"}, {"name": "twin-old"}]
    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        await client.wait(first.version)


@pytest.mark.parametrize("version", ["99", "no number", "0"])
async def test_a_version_that_was_never_given_out(client: Client, version: str) -> None:
    await watch(client, "name")
    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        await client.wait(version)


async def test_from_the_start_everything_is_told_again(world: World, client: Client) -> None:
    await watch(client, "name")
    assert len(told(await client.wait(""))) == len(world.vms)


async def test_a_call_that_waits_can_be_cancelled(world: World, client: Client) -> None:
    version = await watch(client, "name")
    waiting = await begun(world, client, version)
    await client.do(client.collector.CancelWaitForUpdates)
    with pytest.raises(vmodl.fault.RequestCanceled):
        await waiting
    assert await client.wait(version, 0) is None


async def test_a_second_filter_enters_while_a_call_waits(world: World, client: Client) -> None:
    version = await watch(client, "name")
    waiting = await begun(world, client, version)
    made = await client.do(client.collector.CreateFilter, of(vim.HostSystem("host-20"), "name"), False)
    answer = await waiting
    assert told(answer) == [("enter", "host-20", {"name": "esx-11.example.com"})]
    assert answer.filterSet[0].filter._moId == made._moId
    await client.do(made.DestroyPropertyFilter)
    world.hosts[0].name = "esx-11.example.org"
    assert await client.wait(answer.version, 0) is None
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await client.do(made.DestroyPropertyFilter)


async def test_what_may_not_be_read_is_missing(world: World, client: Client) -> None:
    world.vcenter.unreadable.add(("vm-101", "config"))
    ref = vim.VirtualMachine("vm-101")
    await client.do(client.collector.CreateFilter, of(ref, "name", "config"), False)
    (entered,) = (await client.wait("")).filterSet[0].objectSet
    assert [change.name for change in entered.changeSet] == ["name"]
    (missing,) = entered.missingSet
    assert (missing.path, type(missing.fault).__name__) == ("config", "vim.fault.NoPermission")


async def test_a_filter_that_cannot_be_is_refused(client: Client) -> None:
    with pytest.raises(vmodl.query.InvalidProperty):
        await client.do(client.collector.CreateFilter, of(vim.VirtualMachine("vm-101"), "colour"), False)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await client.do(client.collector.CreateFilter, of(vim.VirtualMachine("vm-999"), "name"), False)


async def test_collectors_of_ones_own_are_apart(world: World, client: Client) -> None:
    own = await client.do(client.collector.CreatePropertyCollector)
    await client.do(own.CreateFilter, of(vim.VirtualMachine("vm-101"), "name"), False)
    assert told(await client.do(own.WaitForUpdatesEx, "", PC.WaitOptions(maxWaitSeconds=0)))
    assert told(await client.wait("", 0)) == []
    await client.do(own.DestroyPropertyCollector)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await client.do(own.CheckForUpdates, "")


async def test_collectors_are_of_one_session(world: World, client: Client) -> None:
    await watch(client, "name")

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            return instance.RetrieveContent().propertyCollector.CheckForUpdates("1")

    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        await asyncio.to_thread(ask)


async def test_who_waits_learns_that_the_session_ended(world: World, client: Client) -> None:
    waiting = await begun(world, client, await watch(client, "name"))
    world.vcenter.expire_sessions()
    with pytest.raises(vim.fault.NotAuthenticated):
        await waiting


async def test_the_end_of_the_world_frees_who_waits(tmp_path: Path) -> None:
    ready = threading.Event()

    def wait(world: World) -> None:
        with logged_in(world.vcenter) as instance:
            collector = instance.RetrieveContent().propertyCollector
            collector.CreateFilter(of(machine("vm-101", instance), "name"), False)
            version = collector.WaitForUpdatesEx("", None).version
            ready.set()
            collector.WaitForUpdatesEx(version, None)

    async with modern_world(tmp_path / "other", speed=2000).serve() as world:
        waiting = asyncio.create_task(asyncio.to_thread(wait, world))
        await asyncio.to_thread(ready.wait)
    with pytest.raises((vim.fault.NotAuthenticated, OSError)):
        await waiting


async def test_pyvmomis_own_wait_for_a_task(world: World) -> None:
    """It uses the oldest of the calls."""

    def change() -> str:
        with logged_in(world.vcenter) as instance:
            cluster = vim.ClusterComputeResource("domain-c8", instance._stub)
            info = vim.cluster.DrsVmConfigInfo(key=machine("vm-101", instance), enabled=False)
            spec = vim.cluster.ConfigSpecEx(
                drsVmConfigSpec=[vim.cluster.DrsVmConfigSpec(operation="add", info=info)]
            )
            return str(WaitForTask(cluster.ReconfigureComputeResource_Task(spec, True), si=instance))

    assert await asyncio.to_thread(change) == "success"
    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(change)
