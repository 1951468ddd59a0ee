"""All VMs with what they are chosen by, in one question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyVmomi import vim

from bot.core.names import Names
from bot.core.target import NamedVm
from bot.vsphere.naming import Place, decoded, path_of
from bot.vsphere.properties import Found, Step, ask, filter_spec, moid
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
_VM = (
    "name",
    "parent",
    "parentVApp",
    "config.instanceUuid",
    "config.uuid",
    "runtime.host",
    "guest.hostName",
    "guest.ipAddress",
)
_WANTED = PLACES | {vim.VirtualMachine: _VM}


def read_names(link: Link, vcenter: str) -> Names:
    """Templates too. UUIDs are empty for a VM whose configuration cannot be read."""
    found = ask(link, link.content.rootFolder, _WANTED, _STEPS, _DOWN)
    places = places_of(found)
    root = moid(link.content.rootFolder)
    vms = (item for item in found if isinstance(item.ref, vim.VirtualMachine))
    return Names(row(vcenter, vm, places, root) for vm in vms)


def inventory_spec(link: Link) -> Any:
    """The same question as a filter, whose changes vCenter reports."""
    return filter_spec(link, link.content.rootFolder, _WANTED, _STEPS, _DOWN)


def row(vcenter: str, vm: Found, places: Mapping[str, Place], root: str) -> NamedVm:
    host, address = vm.get("runtime.host"), vm.get("guest.ipAddress")
    return NamedVm(
        vcenter=vcenter,
        moid=vm.moid,
        name=decoded(vm.get("name", "")),
        path=path_of(vm.get("name", ""), parent_of(vm), places, root),
        instance_uuid=vm.get("config.instanceUuid", "").lower(),
        bios_uuid=vm.get("config.uuid", "").lower(),
        host_moid="" if host is None else moid(host),
        guest_host_name=vm.get("guest.hostName"),
        guest_addresses=(address,) if address else (),
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
