"""HA and DRS of a cluster: reading them, and switching them off for one machine and on again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.change import AutomationChange, MonitoringChange, Standing
from bot.core.cluster import Apart, AutomationOverride, MonitoringOverride
from bot.core.errors import Code, OutcomeUnknown
from bot.lab.article import article_world
from bot.lab.cluster import Cluster, Settings
from bot.lab.modern import modern_world
from bot.lab.task import Fault
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import cut_at, endpoint_of, refusal, without

VM = "vm-101"
EDIT = "Host.Inventory.EditCluster"
CALL = "ReconfigureComputeResource_Task"
Change = MonitoringChange | AutomationChange
WATCHED = MonitoringOverride(
    of_cluster=False,
    monitoring="vmMonitoringOnly",
    failure_interval=60,
    min_up_time=240,
    max_failures=2,
    max_failure_window=3600,
)
WATCHED_ENTRY: Settings = {
    "restartPriority": "high",
    "dasSettings": {
        "restartPriority": "high",
        "isolationResponse": "shutdown",
        "vmToolsMonitoringSettings": {
            "clusterSettings": False,
            "vmMonitoring": "vmMonitoringOnly",
            "failureInterval": 60,
            "minUpTime": 240,
            "maxFailures": 2,
            "maxFailureWindow": 3600,
        },
    },
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


def monitoring(former: MonitoringOverride | None = None) -> MonitoringChange:
    place = {"vcenter": "vc1", "cluster_moid": "domain-c8", "cluster_name": "Prod-B"}
    ours = (former or MonitoringOverride()).off()
    return MonitoringChange(**place, vm_moid=VM, vm_name="PayDB", former=former, ours=ours)


def automation(former: AutomationOverride | None = None) -> AutomationChange:
    place = {"vcenter": "vc1", "cluster_moid": "domain-c8", "cluster_name": "Prod-B"}
    behavior = None if former is None else former.behavior
    ours = AutomationOverride(enabled=False, behavior=behavior)
    return AutomationChange(**place, vm_moid=VM, vm_name="PayDB", former=former, ours=ours)


BOTH = pytest.mark.parametrize("change", [monitoring(), automation()], ids=["HA", "DRS"])


def everything_of(cluster: Cluster) -> dict[str, object]:
    return {name: getattr(cluster, name) for name in ("ha", "drs", "ha_vms", "drs_vms", "rules")}


def calls_of(world: World) -> list[str]:
    return [effect.argument for effect in world.effects if effect.call == CALL]


async def test_a_cluster_is_read_as_it_bears_on_a_machine(vcenter: PyVmomiVCenter, world: World) -> None:
    world.cluster("Prod-B").ha_vms = {VM: WATCHED_ENTRY}
    world.cluster("Prod-B").drs_vms = {VM: {"enabled": True, "behavior": "manual"}}
    node = world.vm("node-a")
    of_node = await vcenter.cluster("domain-c8", node.moid)
    assert (of_node.moid, of_node.name, of_node.editable) == ("domain-c8", "Prod-B", True)
    assert (of_node.ha, of_node.monitoring, of_node.resets) == (True, "vmMonitoringOnly", True)
    assert (of_node.drs, of_node.behavior, of_node.moves) == (True, "fullyAutomated", True)
    assert (of_node.monitoring_override, of_node.automation_override) == (None, None)
    assert of_node.apart == (Apart(name="nodes apart", moids=(world.vm("node-b").moid,)),)
    of_vm = await vcenter.cluster("domain-c8", VM)
    assert of_vm.monitoring_override == WATCHED
    assert of_vm.automation_override == AutomationOverride(enabled=True, behavior="manual")
    assert (of_vm.resets, of_vm.moves, of_vm.apart) == (True, False, ())


async def test_a_rule_that_is_off_keeps_nobody_apart(vcenter: PyVmomiVCenter, world: World) -> None:
    cluster = world.cluster("Prod-B")
    cluster.rules = {1: cluster.rules[1] | {"enabled": False}}
    assert (await vcenter.cluster("domain-c8", world.vm("node-a").moid)).apart == ()


async def test_who_may_not_edit_is_told_so_beforehand(vcenter: PyVmomiVCenter, world: World) -> None:
    without(world, EDIT)
    assert not (await vcenter.cluster("domain-c8", VM)).editable
    for change in (monitoring(), automation()):
        error = await refusal(vcenter.make(change))
        assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, EDIT)
    assert world.tasks.begun == []


async def test_a_cluster_that_is_gone(vcenter: PyVmomiVCenter) -> None:
    gone = monitoring().model_copy(update={"cluster_moid": "domain-c4711"})
    assert (await refusal(vcenter.cluster("domain-c4711", VM))).code is Code.VCENTER_FAULT
    for call in (vcenter.make, vcenter.put_back, vcenter.stand):
        error = await refusal(call(gone))
        assert error.code is Code.THING_MISSING
        assert error.params == {"thing": "HA VM monitoring of PayDB", "place": "Prod-B"}


async def test_a_cluster_of_5_5(tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as client:
        cluster = await client.cluster("domain-c7", "vm-101")
        assert (cluster.name, cluster.ha, cluster.drs, cluster.editable) == ("Prod-A", False, False, True)
        assert not cluster.resets
        assert not cluster.moves


@BOTH
async def test_where_there_was_no_entry_one_comes_and_goes(
    vcenter: PyVmomiVCenter, world: World, change: Change
) -> None:
    cluster, other = world.cluster("Prod-B"), world.vm("twin").moid
    cluster.ha_vms, cluster.drs_vms = {other: WATCHED_ENTRY}, {other: {"enabled": False}}
    before = everything_of(cluster)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    seen = await vcenter.cluster("domain-c8", VM)
    assert (seen.resets, seen.moves) == (isinstance(change, AutomationChange), change.kind == "ha-monitoring")
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert everything_of(cluster) == before
    word = "HA" if isinstance(change, MonitoringChange) else "DRS"
    assert calls_of(world) == [f"{word} add {VM}", f"{word} remove {VM}"]


@pytest.mark.parametrize("merge", [True, False])
async def test_an_entry_of_ha_keeps_all_else_that_it_says(
    vcenter: PyVmomiVCenter, world: World, merge: bool
) -> None:
    cluster = world.cluster("Prod-B")
    cluster.edits_merge = merge
    cluster.ha_vms = {VM: WATCHED_ENTRY}
    change = monitoring(WATCHED)
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    entry = cluster.ha_vms[VM]
    assert (entry["restartPriority"], entry["dasSettings"]["isolationResponse"]) == ("high", "shutdown")
    assert entry["dasSettings"]["vmToolsMonitoringSettings"]["vmMonitoring"] == "vmMonitoringDisabled"
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert cluster.ha_vms == {VM: WATCHED_ENTRY}
    assert calls_of(world) == [f"HA edit {VM}"] * 2


@pytest.mark.parametrize("merge", [True, False])
async def test_an_entry_that_says_nothing_of_monitoring_keeps_what_it_says(
    vcenter: PyVmomiVCenter, world: World, merge: bool
) -> None:
    cluster = world.cluster("Prod-B")
    cluster.edits_merge = merge
    cluster.ha_vms = {VM: {"dasSettings": {"restartPriority": "high"}}}
    former = (await vcenter.cluster("domain-c8", VM)).monitoring_override
    assert former == MonitoringOverride()
    change = monitoring(former)
    await vcenter.make(change)
    assert not (await vcenter.cluster("domain-c8", VM)).resets
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert (await vcenter.cluster("domain-c8", VM)).resets
    assert cluster.ha_vms[VM]["dasSettings"]["restartPriority"] == "high"


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize(
    "entry", [{"behavior": "partiallyAutomated"}, {"enabled": True, "behavior": "manual"}]
)
async def test_an_entry_of_drs_is_edited_and_put_back(
    vcenter: PyVmomiVCenter, world: World, entry: Settings, merge: bool
) -> None:
    cluster = world.cluster("Prod-B")
    cluster.edits_merge = merge
    cluster.drs_vms = {VM: entry}
    former = (await vcenter.cluster("domain-c8", VM)).automation_override
    assert former is not None
    change = automation(former)
    await vcenter.make(change)
    assert cluster.drs_vms == {VM: {"enabled": False, "behavior": entry["behavior"]}}
    assert (await vcenter.stand(change)).standing is Standing.OURS
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert calls_of(world) == [f"DRS edit {VM}"] * 2


async def test_what_somebody_else_makes_of_it_is_theirs(vcenter: PyVmomiVCenter, world: World) -> None:
    cluster = world.cluster("Prod-B")
    cluster.ha_vms = {VM: WATCHED_ENTRY}
    cluster.drs_vms = {VM: {"enabled": True, "behavior": "manual"}}
    for change in (monitoring(), automation()):
        assert (await vcenter.stand(change)).standing is Standing.OTHER


DEFAULTS: Settings = {
    "restartPriority": "clusterRestartPriority",
    "restartPriorityTimeout": -1,
    "isolationResponse": "none",
    "vmComponentProtectionSettings": {"vmStorageProtectionForAPD": "clusterDefault"},
}


async def test_an_entry_that_vcenter_filled_in_goes(vcenter: PyVmomiVCenter, world: World) -> None:
    cluster = world.cluster("Prod-B")
    for change in (monitoring(), automation()):
        await vcenter.make(change)
    settings = cluster.ha_vms[VM]["dasSettings"] | DEFAULTS
    cluster.ha_vms = {
        VM: {"restartPriority": "medium", "powerOffOnIsolation": False, "dasSettings": settings}
    }
    cluster.drs_vms = {VM: cluster.drs_vms[VM] | {"behavior": "fullyAutomated"}}
    for change in (monitoring(), automation()):
        await vcenter.put_back(change)
        assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert (cluster.ha_vms, cluster.drs_vms) == ({}, {})


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize(
    ("entry", "settings"),
    [
        ({}, DEFAULTS | {"restartPriority": "high"}),
        ({}, {"vmComponentProtectionSettings": {"vmStorageProtectionForAPD": "restartAggressive"}}),
        ({"restartPriority": "low"}, {}),
        ({"powerOffOnIsolation": True}, {}),
    ],
)
async def test_what_somebody_puts_into_our_entry_of_ha_stays(
    vcenter: PyVmomiVCenter, world: World, entry: Settings, settings: Settings, merge: bool
) -> None:
    cluster, change = world.cluster("Prod-B"), monitoring()
    cluster.edits_merge = merge
    await vcenter.make(change)
    theirs = cluster.ha_vms[VM]["dasSettings"] | settings
    cluster.ha_vms = {VM: entry | {"dasSettings": theirs}}
    assert (await vcenter.stand(change)).standing is Standing.OURS
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert (await vcenter.cluster("domain-c8", VM)).resets
    left = cluster.ha_vms[VM]
    assert left.pop("dasSettings").items() >= settings.items()
    assert left == entry
    assert calls_of(world) == [f"HA add {VM}", f"HA edit {VM}"]


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("former", [None, AutomationOverride(enabled=True, behavior="fullyAutomated")])
async def test_what_somebody_makes_of_our_entry_of_drs_stays_and_is_theirs(
    vcenter: PyVmomiVCenter, world: World, former: AutomationOverride | None, merge: bool
) -> None:
    cluster, change = world.cluster("Prod-B"), automation(former)
    cluster.edits_merge = merge
    if former is not None:
        cluster.drs_vms = {VM: {"enabled": True, "behavior": former.behavior}}
    await vcenter.make(change)
    cluster.drs_vms = {VM: {"enabled": False, "behavior": "manual"}}
    assert (await vcenter.stand(change)).standing is Standing.OURS
    await vcenter.put_back(change)
    assert cluster.drs_vms == {VM: {"enabled": True, "behavior": "manual"}}
    stand = await vcenter.stand(change)
    assert (stand.standing, stand.seen) == (Standing.OTHER, "enabled True, manual")


@BOTH
async def test_putting_back_what_is_gone_already_does_nothing(
    vcenter: PyVmomiVCenter, world: World, change: Change
) -> None:
    await vcenter.put_back(change)
    assert world.effects == []


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Fault("vmodl.fault.InvalidArgument", "A specified parameter was not correct: spec"),
        Fault("vim.fault.InvalidState", "The operation is not allowed in the current state."),
    ],
    ids=lambda fault: fault.kind,
)
async def test_a_task_that_was_refused_did_nothing(
    vcenter: PyVmomiVCenter, world: World, change: Change, fault: Fault
) -> None:
    world.tasks.failing[CALL] = fault
    error = await refusal(vcenter.make(change))
    assert error.code is Code.VCENTER_FAULT
    assert str(error.params["fault"]).startswith(fault.kind.rpartition(".")[2])
    assert (await vcenter.stand(change)).standing is Standing.BEFORE


@BOTH
@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_task_that_broke_off_may_have_done_it(
    vcenter: PyVmomiVCenter, world: World, change: Change, side: str
) -> None:
    outcome = await cut_at(world, f"Task:{CALL}:{side}", vcenter.make(change))
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.params["call"] == f"changing {change.label}"
    assert len(calls_of(world)) == 1
    expected = Standing.OURS if side == "after" else Standing.BEFORE
    assert (await vcenter.stand(change)).standing is expected


@BOTH
async def test_a_task_that_runs_when_it_is_given_up_may_be_done_later(world: World, change: Change) -> None:
    gate = f"Task:{CALL}:before"
    world.gates.close(gate)
    async with PyVmomiVCenter(dataclasses.replace(endpoint_of(world), call_seconds=2.0)) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            await client.make(change)
        assert caught.value.params["cause"] == "time-out"
        world.gates.open(gate)
        await world.until(lambda: world.tasks.begun[0].state == "success")
        assert (await client.stand(change)).standing is Standing.OURS
    assert len(calls_of(world)) == 1


@BOTH
async def test_a_session_lost_while_the_task_runs_leaves_doubt_and_no_second_call(
    vcenter: PyVmomiVCenter, world: World, change: Change
) -> None:
    gate = f"Task:{CALL}:before"
    world.gates.close(gate)
    making = asyncio.create_task(vcenter.make(change))
    await world.gates.reached(gate)
    world.vcenter.expire_sessions()
    with pytest.raises(OutcomeUnknown) as caught:
        await making
    assert "how the task goes cannot be read: NotAuthenticated" in str(caught.value.params["cause"])
    world.gates.open(gate)
    await world.until(lambda: world.tasks.begun[0].state == "success")
    assert len(calls_of(world)) == 1


@BOTH
async def test_a_task_that_may_not_be_read_leaves_doubt(
    vcenter: PyVmomiVCenter, world: World, change: Change
) -> None:
    world.vcenter.unreadable.add(("task-1", "info"))
    with pytest.raises(OutcomeUnknown):
        await vcenter.make(change)
    assert len(calls_of(world)) == 1


@BOTH
async def test_a_session_lost_before_the_call_is_begun_anew_for_it_and_for_its_task(
    vcenter: PyVmomiVCenter, world: World, change: Change
) -> None:
    await vcenter.clock()
    gate = "CurrentTime:before"
    world.gates.close(gate)
    making = asyncio.create_task(vcenter.make(change))
    # All has been read; what comes next is the call.
    await world.gates.reached(gate)
    world.vcenter.expire_sessions()
    world.gates.open(gate)
    await making
    assert (await vcenter.stand(change)).standing is Standing.OURS
    assert len(calls_of(world)) == 1


@BOTH
@pytest.mark.parametrize(("side", "calls"), [("before", 0), ("after", 1)])
async def test_a_lost_answer_is_unknown_and_not_repeated(
    vcenter: PyVmomiVCenter, world: World, change: Change, side: str, calls: int
) -> None:
    outcome = await cut_at(world, f"{CALL}:{side}", vcenter.make(change))
    assert isinstance(outcome, OutcomeUnknown)
    assert len(calls_of(world)) == 1
    assert len(world.tasks.begun) == calls
