"""Container views: all objects of some classes below a folder."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from pyVmomi import vim

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.inventory import Inventory, Node
from bot.lab.vcenter.moid import moid_of
from bot.lab.world import LAYOUT

# By which properties each class leads down. Machines are met in their folders, so pools do not lead to them.
_DOWN = {
    vim.Folder: ("childEntity",),
    vim.Datacenter: ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder"),
    vim.ClusterComputeResource: ("host", "resourcePool"),
    vim.ResourcePool: ("resourcePool",),
}


async def create_container_view(call: Call) -> Any:
    """ViewManager.CreateContainerView. The view follows what comes and goes below its container."""
    inventory, container = call.site.inventory, call.args["container"]
    wanted = tuple(call.args.get("type") or [vim.ManagedEntity])
    recursive = bool(call.args["recursive"])

    def members() -> list[Any]:
        below = _below(inventory, inventory.find(container), recursive=recursive)
        return list({node.moid: node.ref for node in below if isinstance(node.ref, wanted)}.values())

    view = vim.view.ContainerView(f"view-{uuid4()}")
    call.site.add(view, {"view": members, "container": lambda: container}, LAYOUT)
    return view


async def destroy_view(call: Call) -> None:
    """View.DestroyView."""
    call.site.inventory.remove(moid_of(call.this))


def _below(inventory: Inventory, node: Node | None, *, recursive: bool) -> Iterator[Node]:
    if node is None:
        return
    for name in _DOWN.get(type(node.ref), ()):
        value = inventory.value(node, name)
        for ref in value if isinstance(value, list) else [value]:
            child = inventory.find(ref)
            if child is not None:
                yield child
                # A datacenter's four folders are part of the way, whether or not the rest is wanted.
                if recursive or isinstance(node.ref, vim.Datacenter):
                    yield from _below(inventory, child, recursive=recursive)
