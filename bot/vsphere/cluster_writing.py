"""A VM's own entries in a cluster's settings.

Every change is incremental (``modify=True``): without it vCenter sets the whole cluster back to its defaults.
"""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from bot.core.change import AutomationChange, MonitoringChange
from bot.core.cluster import AutomationOverride, MonitoringOverride
from bot.vsphere.cluster import das_entry, drs_entry, read_entry
from bot.vsphere.session import Deed, Link
from bot.vsphere.tasks import finish

_LONGEST_TASK = 30.0
"""seconds; a worker's own time-out ends the waiting earlier where that is shorter"""


def set_monitoring(link: Link, change: MonitoringChange, to: MonitoringOverride | None) -> Deed[None]:
    """What else the entry says stays as it is; without ``to`` the entry goes."""
    entry = das_entry(read_entry(link, change.cluster_moid), change.vm_moid)
    kind = vim.cluster.DasVmConfigSpec
    if to is None:
        return _reconfigure(change.cluster_moid, dasVmConfigSpec=_removing(kind, entry, change.vm_moid))
    settings = vim.cluster.VmToolsMonitoringSettings(
        # An entry that said nothing of it goes by the cluster; saying so is the same.
        clusterSettings=to.of_cluster is not False,
        vmMonitoring=to.monitoring,
        failureInterval=to.failure_interval,
        minUpTime=to.min_up_time,
        maxFailures=to.max_failures,
        maxFailureWindow=to.max_failure_window,
    )
    info = entry or vim.cluster.DasVmConfigInfo(key=vim.VirtualMachine(change.vm_moid))
    info.dasSettings = info.dasSettings or vim.cluster.DasVmSettings()
    info.dasSettings.vmToolsMonitoringSettings = settings
    spec = kind(operation="add" if entry is None else "edit", info=info)
    return _reconfigure(change.cluster_moid, dasVmConfigSpec=[spec])


def set_automation(link: Link, change: AutomationChange, to: AutomationOverride | None) -> Deed[None]:
    """Without ``to`` the entry goes."""
    entry = drs_entry(read_entry(link, change.cluster_moid), change.vm_moid)
    kind = vim.cluster.DrsVmConfigSpec
    if to is None:
        return _reconfigure(change.cluster_moid, drsVmConfigSpec=_removing(kind, entry, change.vm_moid))
    info = vim.cluster.DrsVmConfigInfo(
        key=vim.VirtualMachine(change.vm_moid),
        # An entry that did not say it was enabled; an edit may keep what it leaves unset [unknown].
        enabled=to.enabled is not False,
        behavior=to.behavior,
    )
    spec = kind(operation="add" if entry is None else "edit", info=info)
    return _reconfigure(change.cluster_moid, drsVmConfigSpec=[spec])


def _removing(kind: Any, entry: Any, vm_moid: str) -> list[Any]:
    """Empty if it is gone already: removing what is not there is a fault."""
    return [] if entry is None else [kind(operation="remove", removeKey=vim.VirtualMachine(vm_moid))]


def _reconfigure(cluster_moid: str, **specs: list[Any]) -> Deed[None]:
    spec = vim.cluster.ConfigSpecEx(**specs)

    def deed(stub: Any, link: Link) -> None:
        if not any(specs.values()):
            return
        cluster: Any = vim.ClusterComputeResource(cluster_moid, stub)
        finish(link, cluster.ReconfigureComputeResource_Task(spec, True), _LONGEST_TASK)  # noqa: FBT003 - modify

    return deed
