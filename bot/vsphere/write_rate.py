"""How fast a VM's virtual disks are written to, by vCenter's performance counters."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Link

_Pm = vim.PerformanceManager
_REALTIME_SECONDS = 20
_BY_DISK, _BY_LUN = "virtualDisk", "disk"
"""Groups of the counter ``write`` in average KBps. The second knows no NFS [M]: it counts where there is no
other."""


class WriteRate:
    """Each server numbers its counters as it likes: they are looked up once in a session."""

    def __init__(self) -> None:
        self._known: tuple[Link, dict[str, int]] | None = None

    def read(self, link: Link, vm_moid: str) -> int | None:
        """Bytes per second in the newest sample, which may be up to about a minute old [unknown].

        None where no sample is there: the VM is off, has just come to another host, or nothing is counted.
        """
        if link.content.perfManager is None or not (counters := self._counters(link)):
            return None
        vm = vim.VirtualMachine(vm_moid, link.stub)
        wanted = [
            _Pm.MetricId(counterId=counter, instance="*" if group == _BY_DISK else "")
            for group, counter in counters.items()
        ]
        spec = _Pm.QuerySpec(
            entity=vm, metricId=wanted, intervalId=_REALTIME_SECONDS, maxSample=1, format="normal"
        )
        manager: Any = _Pm(moid(link.content.perfManager), link.stub)
        try:
            answer = manager.QueryPerf([spec])
        except vmodl.fault.InvalidArgument:
            # What a VM without a host that counts is answered with, as others report [unknown].
            return None
        return _rate(answer or (), counters)

    def _counters(self, link: Link) -> dict[str, int]:
        """Ids by group; a group that this server does not count is absent."""
        if self._known is None or self._known[0] is not link:
            found = ask(link, link.content.perfManager, {_Pm: ("perfCounter",)})
            told = found[0].get("perfCounter", ()) if found else ()
            self._known = (link, {each.groupInfo.key: each.key for each in told if _is_wanted(each)})
        return self._known[1]


def _is_wanted(counter: Any) -> bool:
    return (
        counter.groupInfo.key in {_BY_DISK, _BY_LUN}
        and counter.nameInfo.key == "write"
        and str(counter.rollupType) == "average"
        and counter.unitInfo.key == "kiloBytesPerSecond"
    )


def _rate(answer: Any, counters: dict[str, int]) -> int | None:
    """-1 stands for a sample that is missing."""
    sums: dict[int, int] = {}
    for series in (series for metrics in answer for series in metrics.value or ()):
        newest = series.value[-1] if series.value else -1
        if newest >= 0:
            sums[series.id.counterId] = sums.get(series.id.counterId, 0) + newest
    kilobytes = next((sums[counters[g]] for g in (_BY_DISK, _BY_LUN) if counters.get(g) in sums), None)
    return None if kilobytes is None else kilobytes << 10
