"""The properties of a cluster and of its root resource pool."""

from typing import Any

from pyVmomi import vim

from bot.lab.cluster import Cluster
from bot.lab.vcenter.inventory import Properties
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
        "recentTask": list,
    }


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
