"""A VM's own entries in a cluster's settings.

Every change is incremental (``modify=True``): without it vCenter sets the whole cluster back to its defaults.
"""

from __future__ import annotations

from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.core.change import AutomationChange, MonitoringChange
from bot.core.cluster import FULLY_AUTOMATED, AutomationOverride, MonitoringOverride
from bot.vsphere.cluster import das_entry, drs_entry, read_entry
from bot.vsphere.session import Deed, Link
from bot.vsphere.tasks import finish

_LONGEST_TASK = 30.0
"""seconds; a worker's own time-out ends the waiting earlier where that is shorter"""


def set_monitoring(link: Link, change: MonitoringChange, to: MonitoringOverride | None) -> Deed[None]:
    """What else the entry says stays as it is. Without ``to`` the entry goes, unless it says more."""
    config = read_entry(link, change.cluster_moid)
    entry = das_entry(config, change.vm_moid)
    kind = vim.cluster.DasVmConfigSpec
    if to is None and entry is not None and _says_more(entry, config.dasConfig.defaultVmSettings):
        to = MonitoringOverride()
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
    """Without ``to`` the entry goes. A behavior that somebody gave it since we made it ours stays."""
    config = read_entry(link, change.cluster_moid)
    entry = drs_entry(config, change.vm_moid)
    kind = vim.cluster.DrsVmConfigSpec
    if to != change.ours and (given := _given(entry, change, config.drsConfig.defaultVmBehavior)):
        to = AutomationOverride(enabled=None if to is None else to.enabled, behavior=given)
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


def _given(entry: Any, change: AutomationChange, of_cluster: Any) -> str | None:
    """What somebody else made the entry's behavior; vCenter may fill in the cluster's own [unknown]."""
    found = None if entry is None or entry.behavior is None else str(entry.behavior)
    return None if found == (change.ours.behavior or of_cluster or FULLY_AUTOMATED) else found


def _says_more(entry: Any, of_cluster: Any) -> bool:
    """Whether the entry sets something besides monitoring that the cluster would not do by itself.

    vCenter may fill in what was not given [unknown], so what is as in the whole cluster does not count.
    """
    isolation = getattr(of_cluster, "isolationResponse", None)
    return (
        _differs(entry.restartPriority, getattr(of_cluster, "restartPriority", None))
        or _differs(entry.powerOffOnIsolation, isolation == "powerOff")
        or _differs(entry.dasSettings, of_cluster, but="vmToolsMonitoringSettings")
    )


def _differs(own: Any, of_cluster: Any, but: str = "") -> bool:
    if isinstance(own, VmomiSupport.DataObject):
        names = {info.name for info in own._GetPropertyList()} - {but}  # noqa: SLF001 - pyVmomi's public method
        return any(_differs(getattr(own, name), getattr(of_cluster, name, None)) for name in names)
    # "clusterDefault", "clusterRestartPriority" and the like say nothing, and neither does a time of -1.
    unset = own in (None, -1, []) or str(own).startswith("cluster")
    return not unset and own != of_cluster


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
