"""All VMs with their inventory paths, in one question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyVmomi import vim

from bot.core.target import NamedVm
from bot.vsphere.naming import Place, decoded, path_of
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.session import Link

# Down from the root: folders hold folders, data centres, vApps and VMs; vApps hold vApps and VMs.
_DOWN = ("children", "vm-folder", "app-vms", "app-apps")
_STEPS = (
    Step("children", vim.Folder, "childEntity", _DOWN),
    Step("vm-folder", vim.Datacenter, "vmFolder", _DOWN),
    Step("app-vms", vim.VirtualApp, "vm"),
    Step("app-apps", vim.VirtualApp, "resourcePool", _DOWN),
)
PLACES: dict[Any, tuple[str, ...]] = {
    vim.Folder: ("name", "parent"),
    vim.Datacenter: ("name", "parent"),
    vim.VirtualApp: ("name", "parentFolder", "parentVApp"),
}
_WANTED = PLACES | {vim.VirtualMachine: ("name", "parent", "parentVApp", "config.instanceUuid")}


def read_names(link: Link, vcenter: str) -> tuple[NamedVm, ...]:
    """Templates too. ``instance_uuid`` is empty for a VM whose configuration cannot be read."""
    found = ask(link, link.content.rootFolder, _WANTED, _STEPS, _DOWN)
    places = places_of(found)
    root = moid(link.content.rootFolder)
    return tuple(
        NamedVm(
            vcenter=vcenter,
            moid=item.moid,
            name=decoded(item.get("name", "")),
            path=path_of(item.get("name", ""), parent_of(item), places, root),
            instance_uuid=str(item.get("config.instanceUuid", "")).lower(),
        )
        for item in found
        if isinstance(item.ref, vim.VirtualMachine)
    )


def places_of(found: Iterable[Found]) -> dict[str, Place]:
    return {
        item.moid: Place(item.get("name", ""), parent_of(item))
        for item in found
        if isinstance(item.ref, tuple(PLACES))
    }


def parent_of(item: Found) -> str | None:
    """A VM in a vApp has no parent but that; a vApp hangs in a folder or in another vApp."""
    parent = item.get("parent") or item.get("parentFolder") or item.get("parentVApp")
    return None if parent is None else moid(parent)
