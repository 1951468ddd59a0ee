"""The properties of a cluster and of its root resource pool."""

from typing import Any

from pyVmomi import vim

from bot.lab.cluster import Cluster, Settings
from bot.lab.vcenter.complete import complete
from bot.lab.vcenter.inventory import Properties
from bot.lab.vcenter.settings import of_class
from bot.lab.world import World


def cluster_properties(world: World, cluster: Cluster, parent: Any) -> Properties:
    """How to compute each property of a cluster in the folder `parent`."""
    return {
        "name": lambda: cluster.name,
        "parent": lambda: parent,
        "host": lambda: [vim.HostSystem(host.moid) for host in world.hosts_in(cluster)],
        "datastore": lambda: [vim.Datastore(store.moid) for store in world.datastores],
        "network": list,
        "resourcePool": lambda: vim.ResourcePool(cluster.pool),
        "overallStatus": lambda: "green",
        "summary": lambda: _summary(world, cluster),
        "configuration": lambda: vim.cluster.ConfigInfo(**_config(cluster)),
        "configurationEx": lambda: vim.cluster.ConfigInfoEx(
            vmSwapPlacement="vmDirectory", **_config(cluster)
        ),
    }


def _summary(world: World, cluster: Cluster) -> Any:
    hosts = len(world.hosts_in(cluster))
    return complete(
        vim.ClusterComputeResource.Summary(numHosts=hosts, numEffectiveHosts=hosts, overallStatus="green")
    )


def _config(cluster: Cluster) -> dict[str, Any]:
    return {
        "dasConfig": of_class(vim.cluster.DasConfigInfo, cluster.ha),
        "dasVmConfig": _entries(vim.cluster.DasVmConfigInfo, cluster.ha_vms),
        "drsConfig": of_class(vim.cluster.DrsConfigInfo, cluster.drs),
        "drsVmConfig": _entries(vim.cluster.DrsVmConfigInfo, cluster.drs_vms),
        "rule": [of_class(vim.cluster.RuleInfo, {"key": key} | rule) for key, rule in cluster.rules.items()],
    }


def _entries(declared: Any, settings: dict[str, Settings]) -> list[Any]:
    return [of_class(declared, {"key": moid} | entry) for moid, entry in settings.items()]


def pool_properties(world: World, cluster: Cluster) -> Properties:
    """How to compute each property of the root resource pool of a cluster."""
    owner = vim.ClusterComputeResource(cluster.moid)
    return {
        "name": lambda: "Resources",
        "parent": lambda: owner,
        "owner": lambda: owner,
        "resourcePool": list,
        "vm": lambda: [
            vim.VirtualMachine(vm.moid)
            for host in world.hosts_in(cluster)
            for vm in world.vms_on(host)
            if not vm.template
        ],
    }
