"""The performance counters that a vCenter knows."""

from typing import Any
from zlib import crc32

from pyVmomi import vim

from bot.lab.center import Center

MANAGER = vim.PerformanceManager("PerfMgr")
_GROUPS = ("virtualDisk", "disk")
_NAMES = ("read", "write")


def perf_counters(center: Center) -> list[Any]:
    """`PerformanceManager.perfCounter`. Other servers number the same counters otherwise."""
    return [
        vim.PerformanceManager.CounterInfo(
            key=key,
            nameInfo=_described(name, f"{name.capitalize()} rate"),
            groupInfo=_described(group, group),
            unitInfo=_described("kiloBytesPerSecond", "KBps"),
            rollupType="average",
            statsType="rate",
            level=2,
            perDeviceLevel=2,
        )
        for key, (group, name) in numbered(center).items()
    ]


def numbered(center: Center) -> dict[int, tuple[str, str]]:
    """Group and name of each counter, by its number at this vCenter."""
    first = 100 + crc32(center.instance_uuid.encode()) % 300
    return dict(enumerate(((group, name) for group in _GROUPS for name in _NAMES), start=first))


def _described(key: str, label: str) -> Any:
    return vim.ElementDescription(key=key, label=label, summary=label)
