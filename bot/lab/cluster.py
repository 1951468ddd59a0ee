"""A cluster of hosts, with what HA and DRS are told to do in it."""

from dataclasses import dataclass, field
from typing import Any

from bot.lab.watched import Watched

# The fields of a data object of the vSphere API by their names there; what is unset is absent. References to
# managed objects are their ids, and an object whose class is not the declared one has it under CLASS.
Settings = dict[str, Any]
CLASS = "class"

DISABLED = "vmMonitoringDisabled"
MONITORED = "vmMonitoringOnly"


def default_ha() -> Settings:
    """HA as a new cluster has it: off. Times in seconds. The defaults of monitoring are those of the API
    reference; of the others it is unconfirmed that they are in the answer at all.
    """
    monitoring = {
        "enabled": False,
        "vmMonitoring": DISABLED,
        "clusterSettings": False,
        "failureInterval": 30,
        "minUpTime": 120,
        "maxFailures": 3,
        "maxFailureWindow": -1,
    }
    return {
        "enabled": False,
        "vmMonitoring": DISABLED,
        "hostMonitoring": "enabled",
        "failoverLevel": 1,
        "admissionControlEnabled": True,
        "defaultVmSettings": {
            "restartPriority": "medium",
            "isolationResponse": "none",
            "vmToolsMonitoringSettings": monitoring,
        },
    }


def default_drs() -> Settings:
    """DRS as a new cluster has it: off."""
    return {
        "enabled": False,
        "enableVmBehaviorOverrides": True,
        "defaultVmBehavior": "fullyAutomated",
        "vmotionRate": 3,
    }


def monitoring_override(vm_monitoring: str) -> Settings:
    """A machine's own entry in the settings of HA that only says whether its heartbeat is watched."""
    own = {"clusterSettings": False, "vmMonitoring": vm_monitoring}
    return {"dasSettings": {"vmToolsMonitoringSettings": own}}


@dataclass(eq=False)
class Cluster(Watched):
    """A cluster; `pool` is the managed object id of its root resource pool, which holds its machines.

    `ha` and `drs` are the cluster's own settings, `ha_vms` and `drs_vms` those of single machines by the
    machine's id, `rules` by their key. None of these is to be changed in place: give a new one.

    Switches: `ha_resets` (HA resets a machine that writes its dump as if the writing were no sign of life;
    off, the disk's activity protects it), `ha_screenshots` (HA takes a picture before), `edits_merge` (an
    edited entry keeps what the edit leaves unset; off, it is replaced: which of them vCenter does is
    unknown).
    """

    moid: str
    name: str
    pool: str
    ha: Settings = field(default_factory=default_ha)
    drs: Settings = field(default_factory=default_drs)
    ha_vms: dict[str, Settings] = field(default_factory=dict)
    drs_vms: dict[str, Settings] = field(default_factory=dict)
    rules: dict[int, Settings] = field(default_factory=dict)
    ha_resets: bool = False
    ha_screenshots: bool = True
    edits_merge: bool = True

    def revert(self) -> None:
        """Everything as in a new cluster."""
        self.ha, self.drs = default_ha(), default_drs()
        self.ha_vms, self.drs_vms, self.rules = {}, {}, {}

    def forget(self, moid: str) -> None:
        """Drop what is set for a machine that leaves the cluster."""
        self.ha_vms = {key: value for key, value in self.ha_vms.items() if key != moid}
        self.drs_vms = {key: value for key, value in self.drs_vms.items() if key != moid}

    def failure_interval(self, moid: str) -> int | None:
        """Seconds without a heartbeat after which HA resets a machine; None: it does not watch it.

        An entry of the machine's own counts where it says that it does not go by the cluster's. What vCenter
        makes of one that leaves this unset is unknown.
        """
        of_all = self.ha["defaultVmSettings"]["vmToolsMonitoringSettings"]
        own = self.ha_vms.get(moid, {}).get("dasSettings", {}).get("vmToolsMonitoringSettings", {})
        if own.get("clusterSettings", True):
            own = {}
        watched = own.get("vmMonitoring", self.ha.get("vmMonitoring", DISABLED)) != DISABLED
        if not self.ha.get("enabled") or not watched:
            return None
        return int(own.get("failureInterval", of_all["failureInterval"]))
