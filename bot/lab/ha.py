"""VM monitoring of HA: what resets a machine whose heartbeat is gone."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from bot.lab.cluster import Cluster
from bot.lab.vm import Vm

if TYPE_CHECKING:
    from bot.lab.world import World

# How often HA looks again, in seconds of real life, at a machine that it does not reset. Unknown.
_LOOKS_EVERY = 30


async def completes(world: "World", vm: Vm, dump: Coroutine[Any, Any, None]) -> bool:
    """Let a crashed guest write its dump. False: HA has reset the machine before the end of it."""
    writing = asyncio.ensure_future(dump)
    try:
        while True:
            interval = _cluster(world, vm).failure_interval(vm.moid)
            seconds = world.pace.of_seconds(interval or _LOOKS_EVERY)
            done, _ = await asyncio.wait({writing}, timeout=seconds)
            if done:
                await writing
                return True
            if _resets(_cluster(world, vm), vm):
                _reset(world, vm)
                return False
    finally:
        writing.cancel()


def _cluster(world: "World", vm: Vm) -> Cluster:
    return world.cluster(vm.host.cluster)


def _resets(cluster: Cluster, vm: Vm) -> bool:
    return cluster.ha_resets and cluster.failure_interval(vm.moid) is not None


def _reset(world: "World", vm: Vm) -> None:
    cluster = _cluster(world, vm)
    vm.guest.reset()
    place = f"{vm.name} on {vm.host.name} in cluster {cluster.name} in {world.datacenter}"
    sentence = f"{place} reset by vSphere HA. Reason: VMware Tools heartbeat failure."
    details: dict[str, object] = {"reason": "vmtoolsHeartbeatFailure"}
    kind = "VmDasBeingResetEvent"
    if cluster.ha_screenshots:
        kind = "VmDasBeingResetWithScreenshotEvent"
        details["screenshotFilePath"] = f"{vm.vmx_path.rpartition('/')[0]}/{vm.name}-screenshot-0.png"
    world.events.log(kind, sentence, vm=vm, details=details)
