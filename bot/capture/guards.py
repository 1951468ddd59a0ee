"""What keeps the cluster away from the guest while it writes its dump."""

from __future__ import annotations

from bot.core.change import AutomationChange, Change, MonitoringChange
from bot.core.cluster import AutomationOverride, Cluster, MonitoringOverride
from bot.core.target import Machine

LET_GO = "guards/let-go"
"""key of the entry in which a person gives the guest back to the cluster"""


def guards_of(machine: Machine, cluster: Cluster) -> tuple[Change, ...]:
    """The changes that stop HA from resetting the VM and DRS from moving it, where either would."""
    if not cluster.editable:
        return ()
    place = {
        "vcenter": machine.target.vcenter,
        "cluster_moid": cluster.moid,
        "cluster_name": cluster.name,
        "vm_moid": machine.target.moid,
        "vm_name": machine.target.name,
    }
    guards: list[Change] = []
    if cluster.resets:
        own = cluster.monitoring_override
        guards.append(MonitoringChange(**place, former=own, ours=(own or MonitoringOverride()).off()))
    if cluster.moves:
        own_drs = cluster.automation_override
        ours = AutomationOverride(enabled=False, behavior=None if own_drs is None else own_drs.behavior)
        guards.append(AutomationChange(**place, former=own_drs, ours=ours))
    return tuple(guards)
