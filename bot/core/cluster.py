"""What a cluster would do to a VM by itself: HA resets it, DRS moves it, rules keep it away from others."""

from __future__ import annotations

from bot.core.value import Value

MONITORING_OFF = "vmMonitoringDisabled"
FULLY_AUTOMATED = "fullyAutomated"


class MonitoringOverride(Value):
    """VM monitoring in a VM's own entry of the cluster's HA settings; None is unset."""

    of_cluster: bool | None = None
    """whether VM monitoring goes by the cluster's settings"""
    monitoring: str | None = None
    """``vmMonitoringDisabled``, ``vmMonitoringOnly`` or ``vmAndAppMonitoring``"""
    failure_interval: int | None = None
    """seconds without a heartbeat"""
    min_up_time: int | None = None
    """seconds"""
    max_failures: int | None = None
    max_failure_window: int | None = None
    """seconds; -1 for none"""

    def off(self) -> MonitoringOverride:
        return self.model_copy(update={"of_cluster": False, "monitoring": MONITORING_OFF})

    @property
    def is_off(self) -> bool:
        return self.of_cluster is False and self.monitoring == MONITORING_OFF

    def same(self, other: MonitoringOverride) -> bool:
        """Whether both mean the same: what goes by the cluster has no settings that count."""
        if self.of_cluster is not False or other.of_cluster is not False:
            return (self.of_cluster is False) == (other.of_cluster is False)
        return self == other


class AutomationOverride(Value):
    """A VM's own entry in the cluster's DRS settings, as ``ClusterDrsVmConfigInfo`` has it."""

    enabled: bool | None = None
    behavior: str | None = None
    """``manual``, ``partiallyAutomated`` or ``fullyAutomated``"""

    @property
    def moves(self) -> bool:
        return self.enabled is not False and self.behavior in {None, FULLY_AUTOMATED}

    def same(self, other: AutomationOverride) -> bool:
        """Whether both mean the same: what does not say is enabled."""
        return (self.enabled is False, self.behavior) == (other.enabled is False, other.behavior)


class Apart(Value):
    """A rule that keeps VMs on different hosts: they stand in for each other."""

    name: str
    moids: tuple[str, ...]
    """the other VMs"""


class Cluster(Value):
    """A cluster's settings as they bear on one VM."""

    moid: str
    name: str
    ha: bool
    monitoring: str
    """of the cluster, for VMs without a setting of their own"""
    drs: bool
    behavior: str
    monitoring_override: MonitoringOverride | None
    automation_override: AutomationOverride | None
    apart: tuple[Apart, ...]
    editable: bool
    """whether the bot's account may change it"""

    @property
    def resets(self) -> bool:
        """Whether HA would reset the VM when its heartbeat is gone."""
        own = self.monitoring_override
        effective = self.monitoring
        if own is not None and own.of_cluster is False and own.monitoring is not None:
            effective = own.monitoring
        return self.ha and effective != MONITORING_OFF

    @property
    def moves(self) -> bool:
        """Whether DRS may move the VM by itself."""
        own = self.automation_override
        if own is None or (own.enabled is not False and own.behavior is None):
            return self.drs and self.behavior == FULLY_AUTOMATED
        return self.drs and own.moves
