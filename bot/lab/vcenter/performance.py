"""Samples of performance counters: how fast a machine's disk is written to.

A sample shows the moment in which it is asked for; a real one is the mean of 20 seconds, and as late. What it
shows of a dump is its bytes by seconds of wall-clock time, at whatever pace the lab plays it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from pyVmomi import vim

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.performance_counters import numbered
from bot.lab.vcenter.vm_disks import DISK
from bot.lab.vm import Vm

_Pm = vim.PerformanceManager
_REALTIME = 20
# What a guest that has nothing to do still writes.
_IDLE_BYTES = 24 << 10


async def query_perf(call: Call) -> list[Any]:
    """PerformanceManager.QueryPerf of machines, for the interval of 20 s; of others nothing is counted.

    Raises the fault ManagedObjectNotFound.
    """
    return [_metrics(call, spec) for spec in call.args["querySpec"]]


def _metrics(call: Call, spec: Any) -> Any:
    vm = call.vm(spec.entity)
    metrics = _Pm.EntityMetric(entity=spec.entity)
    if spec.intervalId != _REALTIME or not vm.powered_on or vm.host.connection_state != "connected":
        return metrics
    metrics.sampleInfo = [_Pm.SampleInfo(timestamp=datetime.now(UTC), interval=_REALTIME)]
    metrics.value = [
        _Pm.IntSeries(id=_Pm.MetricId(counterId=key, instance=instance), value=[rate >> 10])
        for key, (group, name) in numbered(call.world.vcenter).items()
        for instance, rate in _rates(vm, group, name)
        if any(wanted.counterId == key and wanted.instance in {"*", instance} for wanted in spec.metricId)
    ]
    return metrics


def _rates(vm: Vm, group: str, name: str) -> Iterator[tuple[str, int]]:
    """Bytes per second by instance. Those of `disk` are LUNs and all of them; an NFS export is none."""
    rate = 0 if name == "read" else _written(vm)
    if group == "virtualDisk":
        yield DISK, rate
    elif vm.datastore.type == "VMFS":
        yield "", rate
        yield f"naa.{crc32(vm.datastore.moid.encode()):032x}", rate


def _written(vm: Vm) -> int:
    guest = vm.guest
    if guest.state == "dumping" and guest.dump_seconds > 0:
        return int(vm.memory_bytes / guest.dump_seconds)
    return 0 if guest.state == "crashed" else _IDLE_BYTES
