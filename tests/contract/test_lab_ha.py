"""HA resets a machine whose heartbeat is gone, where it is told to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.lab.cluster import monitoring_override
from bot.lab.modern import modern_world
from bot.lab.vm import Vm
from bot.lab.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=400).serve() as world:
        world.cluster("Prod-B").ha_resets = True
        yield world


@pytest.fixture
def vm(world: World) -> Vm:
    return world.vm("PayDB")


async def crash(world: World, vm: Vm) -> None:
    """Until the guest answers again."""
    assert world.deliver_nmi(vm.host, vm.world_id or 0)
    await world.until(lambda: vm.guest.crashes == 1 and vm.guest.state == "running")


async def test_a_machine_that_writes_its_dump_is_reset(world: World, vm: Vm) -> None:
    await crash(world, vm)
    assert vm.guest.file(vm.guest.dump_path) is None
    (event,) = world.events.of_kind("VmDasBeingResetWithScreenshotEvent")
    assert event.vm is vm
    assert event.details["reason"] == "vmtoolsHeartbeatFailure"
    assert str(event.details["screenshotFilePath"]).startswith("[nfs11] PayDB/")
    assert world.events.of_kind("VmGuestRebootEvent") == []


async def test_without_a_picture_the_event_is_another(world: World, vm: Vm) -> None:
    world.cluster("Prod-B").ha_screenshots = False
    await crash(world, vm)
    assert [event.vm for event in world.events.of_kind("VmDasBeingResetEvent")] == [vm]


async def test_an_override_leaves_it_alone(world: World, vm: Vm) -> None:
    world.cluster("Prod-B").ha_vms = {vm.moid: monitoring_override("vmMonitoringDisabled")}
    await crash(world, vm)
    assert vm.guest.file(vm.guest.dump_path) is not None
    assert [event.kind for event in world.events.logged] == ["VmGuestOSCrashedEvent", "VmGuestRebootEvent"]


async def test_an_override_for_another_machine_does_not(world: World, vm: Vm) -> None:
    other = world.vm("kdump-01").moid
    world.cluster("Prod-B").ha_vms = {other: monitoring_override("vmMonitoringDisabled")}
    await crash(world, vm)
    assert world.events.of_kind("VmDasBeingResetWithScreenshotEvent")


async def test_an_interval_of_its_own_counts(world: World, vm: Vm) -> None:
    """Longer than the dump takes."""
    own = monitoring_override("vmMonitoringOnly")
    own["dasSettings"]["vmToolsMonitoringSettings"]["failureInterval"] = 3600
    world.cluster("Prod-B").ha_vms = {vm.moid: own}
    await crash(world, vm)
    assert vm.guest.file(vm.guest.dump_path) is not None


async def test_the_disks_activity_protects_it(world: World, vm: Vm) -> None:
    world.cluster("Prod-B").ha_resets = False
    await crash(world, vm)
    assert vm.guest.file(vm.guest.dump_path) is not None


async def test_a_cluster_without_ha_resets_nothing(world: World, vm: Vm) -> None:
    world.cluster("Prod-B").ha |= {"enabled": False}
    await crash(world, vm)
    assert vm.guest.file(vm.guest.dump_path) is not None


def test_who_is_watched(world: World, vm: Vm) -> None:
    cluster = world.cluster("Prod-B")
    assert cluster.failure_interval(vm.moid) == 30
    of_cluster = monitoring_override("vmMonitoringDisabled")
    of_cluster["dasSettings"]["vmToolsMonitoringSettings"]["clusterSettings"] = True
    cluster.ha_vms = {vm.moid: of_cluster}
    assert cluster.failure_interval(vm.moid) == 30
    cluster.ha |= {"vmMonitoring": "vmMonitoringDisabled"}
    assert cluster.failure_interval(vm.moid) is None
    cluster.ha_vms = {vm.moid: monitoring_override("vmAndAppMonitoring")}
    assert cluster.failure_interval(vm.moid) == 30
    cluster.revert()
    assert (cluster.failure_interval(vm.moid), cluster.ha_vms, cluster.rules) == (None, {}, {})
