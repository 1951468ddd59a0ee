"""HA's and DRS's settings of the lab's clusters, read and changed by pyVmomi's own client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.lab.cluster import monitoring_override
from bot.lab.modern import modern_world
from bot.lab.task import Fault, Task
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in

C = vim.cluster


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=2000).serve() as world:
        yield world


def ref(world: World, name: str = "PayDB") -> Any:
    return vim.VirtualMachine(world.vm(name).moid)


def unmonitored(world: World, operation: str, **settings: Any) -> Any:
    own = C.VmToolsMonitoringSettings(clusterSettings=False, vmMonitoring="vmMonitoringDisabled", **settings)
    info = C.DasVmConfigInfo(key=ref(world), dasSettings=C.DasVmSettings(vmToolsMonitoringSettings=own))
    return C.ConfigSpecEx(dasVmConfigSpec=[C.DasVmConfigSpec(operation=operation, info=info)])


def not_moved(world: World, operation: str) -> Any:
    info = C.DrsVmConfigInfo(key=ref(world), enabled=False)
    return C.ConfigSpecEx(drsVmConfigSpec=[C.DrsVmConfigSpec(operation=operation, info=info)])


def removal(world: World) -> Any:
    return C.ConfigSpecEx(dasVmConfigSpec=[C.DasVmConfigSpec(operation="remove", removeKey=ref(world))])


def begin(world: World, spec: Any, *, modify: bool = True) -> str:
    with logged_in(world.vcenter) as instance:
        cluster = C_of(world, instance)
        return str(cluster.ReconfigureComputeResource_Task(spec, modify)._moId)


def C_of(world: World, instance: Any, name: str = "Prod-B") -> Any:  # noqa: N802 - reads as the type
    return vim.ClusterComputeResource(world.cluster(name).moid, instance._stub)


async def reconfigure(world: World, spec: Any, *, modify: bool = True) -> Task:
    moid = await asyncio.to_thread(begin, world, spec, modify=modify)
    (task,) = (task for task in world.tasks.begun if task.moid == moid)
    await world.until(lambda: task.state in {"success", "error"})
    return task


async def read(world: World, name: str = "Prod-B") -> Any:
    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            return C_of(world, instance, name).configurationEx

    return await asyncio.to_thread(ask)


async def test_settings_are_told(world: World) -> None:
    told = await read(world)
    assert (told.dasConfig.enabled, told.dasConfig.vmMonitoring) == (True, "vmMonitoringOnly")
    assert told.dasConfig.defaultVmSettings.vmToolsMonitoringSettings.failureInterval == 30
    assert (told.drsConfig.enabled, told.drsConfig.defaultVmBehavior) == (True, "fullyAutomated")
    (rule,) = told.rule
    assert isinstance(rule, C.AntiAffinityRuleSpec)
    assert (rule.key, rule.enabled) == (1, True)
    assert {vm._moId for vm in rule.vm} == {world.vm("node-a").moid, world.vm("node-b").moid}
    assert not told.dasVmConfig
    assert not (await read(world, "Test-B")).dasConfig.enabled


async def test_the_older_form_says_the_same(world: World) -> None:
    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            cluster = C_of(world, instance)
            return cluster.configuration, cluster.summary.numHosts

    told, hosts = await asyncio.to_thread(ask)
    assert (told.dasConfig.enabled, told.drsConfig.enabled, len(told.rule), hosts) == (True, True, 1, 2)


async def test_an_entry_is_added_edited_and_removed(world: World) -> None:
    assert (await reconfigure(world, unmonitored(world, "add"))).state == "success"
    (entry,) = (await read(world)).dasVmConfig
    assert entry.key._moId == world.vm("PayDB").moid
    assert entry.dasSettings.vmToolsMonitoringSettings.vmMonitoring == "vmMonitoringDisabled"
    assert entry.dasSettings.vmToolsMonitoringSettings.clusterSettings is False
    assert (await reconfigure(world, unmonitored(world, "edit", failureInterval=60))).state == "success"
    (entry,) = (await read(world)).dasVmConfig
    assert entry.dasSettings.vmToolsMonitoringSettings.failureInterval == 60
    assert (await reconfigure(world, removal(world))).state == "success"
    told = await read(world)
    assert not told.dasVmConfig
    assert told.dasConfig.enabled
    assert [(each.on, each.argument) for each in world.effects] == [
        ("Prod-B", f"HA {operation} vm-101") for operation in ("add", "edit", "remove")
    ]
    assert [event.user for event in world.events.of_kind("ClusterReconfiguredEvent")] == [
        world.vcenter.username
    ] * 3


@pytest.mark.parametrize("merge", [True, False])
async def test_an_edit_keeps_what_it_leaves_unset_or_does_not(world: World, merge: bool) -> None:
    cluster = world.cluster("Prod-B")
    cluster.edits_merge = merge
    cluster.ha_vms = {world.vm("PayDB").moid: {"dasSettings": {"restartPriority": "high"}}}
    await reconfigure(world, unmonitored(world, "edit"))
    (entry,) = (await read(world)).dasVmConfig
    assert entry.dasSettings.restartPriority == ("high" if merge else None)
    assert entry.dasSettings.vmToolsMonitoringSettings.vmMonitoring == "vmMonitoringDisabled"


async def test_operations_that_do_not_fit_fail_in_the_task(world: World) -> None:
    assert (await reconfigure(world, not_moved(world, "add"))).fault is None
    before = world.cluster("Prod-B").drs_vms
    wrong = [
        not_moved(world, "add"),
        unmonitored(world, "edit"),
        removal(world),
        C.ConfigSpecEx(
            rulesSpec=[C.RuleSpec(operation="remove", removeKey=7)],
            drsVmConfigSpec=[C.DrsVmConfigSpec(operation="remove", removeKey=ref(world))],
        ),
        C.ConfigSpecEx(
            drsVmConfigSpec=[
                C.DrsVmConfigSpec(operation="add", info=C.DrsVmConfigInfo(key=ref(world, "stubborn-01")))
            ]
        ),
    ]
    for spec in wrong:
        task = await reconfigure(world, spec)
        assert (task.state, task.fault and task.fault.kind) == ("error", "vmodl.fault.InvalidArgument")
    assert [effect.applied for effect in world.effects] == [True] + [False] * len(wrong)
    assert world.cluster("Prod-B").drs_vms == before
    assert world.cluster("Prod-B").ha_vms == {}


async def test_without_modify_everything_else_is_lost(world: World) -> None:
    await reconfigure(world, unmonitored(world, "add"), modify=False)
    told = await read(world)
    assert (told.dasConfig.enabled, told.drsConfig.enabled, len(told.rule)) == (False, False, 0)
    assert len(told.dasVmConfig) == 1
    assert world.effects[0].argument == "everything reverted, HA add vm-101"


async def test_rules_are_added_edited_and_removed(world: World) -> None:
    rule = C.AntiAffinityRuleSpec(name="apart", enabled=True, vm=[ref(world, "PayDB"), ref(world, "twin")])
    await reconfigure(world, C.ConfigSpecEx(rulesSpec=[C.RuleSpec(operation="add", info=rule)]))
    made = (await read(world)).rule[1]
    assert (made.key, made.name, len(made.vm)) == (2, "apart", 2)
    assert made.ruleUuid
    made.enabled = False
    await reconfigure(world, C.ConfigSpecEx(rulesSpec=[C.RuleSpec(operation="edit", info=made)]))
    edited = (await read(world)).rule[1]
    assert (edited.enabled, edited.ruleUuid, edited.name) == (False, made.ruleUuid, "apart")
    await reconfigure(world, C.ConfigSpecEx(rulesSpec=[C.RuleSpec(operation="remove", removeKey=2)]))
    assert [rule.key for rule in (await read(world)).rule] == [1]


async def test_a_task_tells_how_it_goes(world: World) -> None:
    gate = "Task:ReconfigureComputeResource_Task:before"
    world.gates.close(gate)
    moid = await asyncio.to_thread(begin, world, unmonitored(world, "add"))

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            recent = C_of(world, instance).recentTask
            of_all = instance.RetrieveContent().taskManager.recentTask
            return [task._moId for task in recent], [task._moId for task in of_all], recent[0].info

    await world.gates.reached(gate)
    recent, of_all, info = await asyncio.to_thread(ask)
    assert recent == of_all == [moid]
    assert (info.state, info.error, info.completeTime) == ("running", None, None)
    assert (info.descriptionId, info.entityName) == ("ComputeResource.reconfigureEx", "Prod-B")
    assert info.reason.userName == world.vcenter.username
    assert not world.effects[0].applied
    world.gates.open(gate)
    await world.until(lambda: world.tasks.begun[0].state == "success")
    _, _, info = await asyncio.to_thread(ask)
    assert (info.state, info.progress) == ("success", 100)
    assert info.completeTime >= info.startTime >= info.queueTime
    assert world.effects[0].applied


async def test_a_task_that_fails_says_why(world: World) -> None:
    fault = Fault("vim.fault.Timedout", "Operation timed out.")
    world.tasks.failing["ReconfigureComputeResource_Task"] = fault
    task = await reconfigure(world, unmonitored(world, "add"))

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            return vim.Task(task.moid, instance._stub).info.error

    error = await asyncio.to_thread(ask)
    assert isinstance(error, vim.fault.Timedout)
    assert error.msg == "Operation timed out."
    assert world.cluster("Prod-B").ha_vms == {}
    assert not world.effects[0].applied


@pytest.mark.parametrize(("side", "applied"), [("before", False), ("after", True)])
async def test_a_task_dropped_at_its_gate_is_canceled(world: World, side: str, applied: bool) -> None:
    gate = f"Task:ReconfigureComputeResource_Task:{side}"
    world.gates.close(gate)
    await asyncio.to_thread(begin, world, unmonitored(world, "add"))
    await world.gates.reached(gate)
    world.gates.open(gate, drop=True)
    task = world.tasks.begun[0]
    await world.until(lambda: task.state == "error")
    assert task.fault is not None
    assert task.fault.kind == "vmodl.fault.RequestCanceled"
    assert bool(world.cluster("Prod-B").ha_vms) == world.effects[0].applied == applied


async def test_a_machine_that_goes_takes_its_entries_along(world: World) -> None:
    vm, cluster = world.vm("PayDB"), world.cluster("Prod-B")
    cluster.ha_vms = {vm.moid: monitoring_override("vmMonitoringDisabled")}
    cluster.drs_vms = {vm.moid: {"enabled": False}}
    world.remove_vm(vm)
    told = await read(world)
    assert (list(told.dasVmConfig), list(told.drsVmConfig)) == ([], [])


async def test_an_unknown_cluster_is_a_fault(world: World) -> None:
    def ask() -> None:
        with logged_in(world.vcenter) as instance:
            gone = vim.ClusterComputeResource("domain-c999", instance._stub)
            gone.ReconfigureComputeResource_Task(unmonitored(world, "add"), True)

    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await asyncio.to_thread(ask)
