"""What is made of samples, whatever a server counts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.vsphere.write_rate import WriteRate
from tests.unit.vsphere.collector import PERF, answering, retrieved

_Pm = vim.PerformanceManager
BY_DISK, BY_LUN, OTHER = 7, 8, 9
VM = vim.VirtualMachine("vm-1", None)


def counter(key: int, group: str, name: str = "write", rollup: str = "average", unit: str = "KBps") -> Any:
    def described(key: str) -> Any:
        return vim.ElementDescription(key=key, label=key, summary=key)

    return _Pm.CounterInfo(
        key=key,
        nameInfo=described(name),
        groupInfo=described(group),
        unitInfo=described({"KBps": "kiloBytesPerSecond"}.get(unit, unit)),
        rollupType=rollup,
        statsType="rate",
    )


COUNTERS = (
    counter(1, "virtualDisk", "read"),
    counter(2, "disk", rollup="maximum"),
    counter(3, "net"),
    counter(4, "disk", unit="number"),
    counter(BY_DISK, "virtualDisk"),
    counter(BY_LUN, "disk"),
)


def series(key: int, instance: str, *values: int) -> Any:
    return _Pm.IntSeries(id=_Pm.MetricId(counterId=key, instance=instance), value=list(values))


async def rate(samples: list[Any] | Exception, counters: tuple[Any, ...] = COUNTERS) -> int | None:
    def query(_: object) -> Any:
        if isinstance(samples, Exception):
            raise samples
        return [_Pm.EntityMetric(entity=VM, value=samples)]

    told = retrieved({PERF: {"perfCounter": _Pm.CounterInfo.Array(list(counters))}})
    async with answering({"RetrievePropertiesEx": told, "QueryPerf": query}) as link:
        return await asyncio.to_thread(WriteRate().read, link, "vm-1")


@pytest.mark.parametrize(
    ("samples", "kilobytes"),
    [
        ([series(BY_DISK, "scsi0:0", 3), series(BY_DISK, "scsi0:1", 4)], 7),
        ([series(BY_DISK, "scsi0:0", 3, 5)], 5),
        ([series(BY_LUN, "", 9), series(BY_DISK, "scsi0:0", 3)], 3),
        ([series(BY_LUN, "", 9)], 9),
        # -1 is a sample that is missing.
        ([series(BY_DISK, "scsi0:0", -1), series(BY_LUN, "", 9)], 9),
        ([series(BY_DISK, "scsi0:0", -1), series(BY_DISK, "scsi0:1", 4)], 4),
        ([series(BY_DISK, "scsi0:0", 0)], 0),
        ([series(BY_DISK, "scsi0:0")], None),
        ([], None),
        (vmodl.fault.InvalidArgument(invalidProperty="querySpec.interval"), None),
    ],
)
async def test_the_newest_of_all_disks(samples: list[Any] | Exception, kilobytes: int | None) -> None:
    assert await rate(samples) == (None if kilobytes is None else kilobytes << 10)


async def test_a_server_that_counts_nothing_of_it() -> None:
    assert await rate(RuntimeError("not asked"), COUNTERS[:4]) is None
    assert await rate(RuntimeError("not asked"), ()) is None


async def test_a_server_without_counters_at_all() -> None:
    async with answering({}) as link:
        link.content.perfManager = None
        assert await asyncio.to_thread(WriteRate().read, link, "vm-1") is None
