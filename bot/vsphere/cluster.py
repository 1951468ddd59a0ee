"""HA and DRS of a cluster, as they bear on one VM."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from bot.core.cluster import Apart, AutomationOverride, Cluster, MonitoringOverride
from bot.vsphere.naming import decoded
from bot.vsphere.privileges import EDIT_CLUSTER, missing
from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Link

_WANTED = {vim.ClusterComputeResource: ("name", "configurationEx")}


def read_cluster(link: Link, cluster_moid: str, vm_moid: str) -> Cluster:
    """Raises ManagedObjectNotFound."""
    name, config = _config(link, cluster_moid)
    ref = vim.ClusterComputeResource(cluster_moid, link.stub)
    das, drs = config.dasConfig, config.drsConfig
    monitoring = das_entry(config, vm_moid)
    automation = drs_entry(config, vm_moid)
    return Cluster(
        moid=cluster_moid,
        name=name,
        ha=bool(das.enabled),
        monitoring=str(das.vmMonitoring or "vmMonitoringDisabled"),
        drs=bool(drs.enabled),
        behavior=str(drs.defaultVmBehavior or "fullyAutomated"),
        monitoring_override=None if monitoring is None else monitoring_of(monitoring),
        automation_override=None if automation is None else automation_of(automation),
        apart=_apart(config, vm_moid),
        # Where it cannot be told, the plan warns and goes on as where it is missing.
        editable=missing(link, ref, (EDIT_CLUSTER,)) == (),
    )


def read_entry(link: Link, cluster_moid: str) -> Any:
    """The cluster's configuration, vim.cluster.ConfigInfoEx, as it is now."""
    return _config(link, cluster_moid)[1]


def _config(link: Link, cluster_moid: str) -> tuple[str, Any]:
    ref = vim.ClusterComputeResource(cluster_moid, link.stub)
    found = ask(link, ref, _WANTED)
    config = found[0].get("configurationEx") if found else None
    if config is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=ref)
    return decoded(found[0].get("name", "")), config


def das_entry(config: Any, vm_moid: str) -> Any:
    """vim.cluster.DasVmConfigInfo of the VM; None if the cluster has nothing of its own for it."""
    return next((entry for entry in config.dasVmConfig or () if moid(entry.key) == vm_moid), None)


def drs_entry(config: Any, vm_moid: str) -> Any:
    """vim.cluster.DrsVmConfigInfo of the VM; None if the cluster has nothing of its own for it."""
    return next((entry for entry in config.drsVmConfig or () if moid(entry.key) == vm_moid), None)


def monitoring_of(entry: Any) -> MonitoringOverride:
    settings = None if entry.dasSettings is None else entry.dasSettings.vmToolsMonitoringSettings
    if settings is None:
        return MonitoringOverride()
    return MonitoringOverride(
        of_cluster=settings.clusterSettings,
        monitoring=None if settings.vmMonitoring is None else str(settings.vmMonitoring),
        failure_interval=settings.failureInterval,
        min_up_time=settings.minUpTime,
        max_failures=settings.maxFailures,
        max_failure_window=settings.maxFailureWindow,
    )


def automation_of(entry: Any) -> AutomationOverride:
    behavior = None if entry.behavior is None else str(entry.behavior)
    return AutomationOverride(enabled=entry.enabled, behavior=behavior)


def _apart(config: Any, vm_moid: str) -> tuple[Apart, ...]:
    rules = []
    for rule in config.rule or ():
        if not isinstance(rule, vim.cluster.AntiAffinityRuleSpec) or rule.enabled is False:
            continue
        members = [moid(vm) for vm in rule.vm or ()]
        if vm_moid in members:
            others = tuple(member for member in members if member != vm_moid)
            rules.append(Apart(name=str(rule.name), moids=others))
    return tuple(rules)
