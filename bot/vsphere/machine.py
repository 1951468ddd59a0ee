"""Everything that is read of one VM but its tags, in one question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.surroundings import MIGRATIONS
from bot.core.target import Machine, Target
from bot.vsphere.custom_fields import CUSTOM_FIELDS, attributes_of
from bot.vsphere.family import family_of
from bot.vsphere.inventory import PLACES, parent_of, places_of
from bot.vsphere.naming import decoded, path_of
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.session import Link
from bot.vsphere.vmx_path import vmx_path

_UP = ("folder-up", "datacenter-up", "app-folder", "app-up")
_FIRST = ("vm-folder", "vm-app", "vm-host", "vm-pool", "vm-tasks")
_STEPS = (
    Step("vm-folder", vim.VirtualMachine, "parent", _UP),
    Step("vm-app", vim.VirtualMachine, "parentVApp", _UP),
    Step("vm-host", vim.VirtualMachine, "runtime.host", ("host-cluster",)),
    Step("vm-pool", vim.VirtualMachine, "resourcePool"),
    Step("vm-tasks", vim.VirtualMachine, "recentTask"),
    Step("host-cluster", vim.HostSystem, "parent"),
    Step("folder-up", vim.Folder, "parent", _UP),
    Step("datacenter-up", vim.Datacenter, "parent", _UP),
    Step("app-folder", vim.VirtualApp, "parentFolder", _UP),
    Step("app-up", vim.VirtualApp, "parentVApp", _UP),
)
_VM = (
    "name",
    "parent",
    "parentVApp",
    "resourcePool",
    "config.instanceUuid",
    "config.uuid",
    "config.files.vmPathName",
    "config.datastoreUrl",
    "config.guestId",
    "config.guestFullName",
    "config.annotation",
    "config.template",
    "config.managedBy",
    "config.hardware.memoryMB",
    "config.hardware.numCPU",
    "runtime.host",
    "runtime.powerState",
    "runtime.connectionState",
    "runtime.question",
    "runtime.faultToleranceState",
    "guest.guestFamily",
    "guest.hostName",
    "guest.ipAddress",
    "guest.net",
    "guest.toolsRunningStatus",
    "guestHeartbeatStatus",
    "disabledMethod",
    "config.keyId",
    "recentTask",
    *CUSTOM_FIELDS,
)
_WANTED = PLACES | {
    vim.VirtualMachine: _VM,
    vim.HostSystem: ("name",),
    vim.ComputeResource: ("name",),
    vim.ResourcePool: ("name",),
    vim.Task: ("info.descriptionId", "info.state"),
}


def read_machine(link: Link, vcenter: str, vm_moid: str) -> Machine:
    """Raises ManagedObjectNotFound, also for a VM whose identity cannot be read."""
    found = ask(link, vim.VirtualMachine(vm_moid, link.stub), _WANTED, _STEPS, _FIRST, CUSTOM_FIELDS)
    by_moid = {item.moid: item for item in found}
    vm = by_moid.get(vm_moid)
    if vm is None or vm.get("config.uuid") is None or vm.get("config.instanceUuid") is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=vim.VirtualMachine(vm_moid, None))
    host = by_moid.get(moid(vm.get("runtime.host"))) if vm.get("runtime.host") else None
    pool = by_moid.get(moid(vm.get("resourcePool"))) if vm.get("resourcePool") else None
    root = moid(link.content.rootFolder)
    raw_name = vm.get("name", "")
    cluster = _cluster(found)
    return Machine(
        target=_target(vcenter, vm, host),
        path=path_of(raw_name, parent_of(vm), places_of(found), root),
        guest_id=vm.get("config.guestId", ""),
        guest_name=vm.get("config.guestFullName", ""),
        family=family_of(vm.get("config.guestId", ""), vm.get("guest.guestFamily")),
        notes=vm.get("config.annotation", ""),
        memory_mib=vm.get("config.hardware.memoryMB", 0),
        cpus=vm.get("config.hardware.numCPU", 0),
        power=str(vm.get("runtime.powerState", "")),
        connection=str(vm.get("runtime.connectionState", "")),
        template=bool(vm.get("config.template", False)),
        managed_by=None if vm.get("config.managedBy") is None else vm.get("config.managedBy").extensionKey,
        question=question_text(vm),
        fault_tolerance=str(vm.get("runtime.faultToleranceState", "unknown")),
        cluster=None if cluster is None else decoded(cluster.get("name", "")),
        resource_pool=None if pool is None else decoded(pool.get("name", "")),
        guest_host_name=vm.get("guest.hostName"),
        guest_addresses=_addresses(vm),
        heartbeat=str(vm.get("guestHeartbeatStatus", "gray")),
        tools=str(vm.get("guest.toolsRunningStatus", "guestToolsNotRunning")),
        disabled_methods=tuple(sorted(map(_method_name, vm.get("disabledMethod", ())))),
        cluster_moid=None if cluster is None else cluster.moid,
        encrypted=vm.get("config.keyId") is not None,
        migrating=not MIGRATIONS.isdisjoint(tasks_at_work(found)),
        attributes=attributes_of(vm),
    )


def tasks_at_work(found: Iterable[Found]) -> tuple[str, ...]:
    """Description ids of tasks that run, and of those that wait: they begin when they like."""
    tasks = (item for item in found if str(item.get("info.state")) in {"running", "queued"})
    return tuple(item.get("info.descriptionId", "unknown") for item in tasks)


def question_text(vm: Found) -> str | None:
    """The text of a question that the VM waits for."""
    question = vm.get("runtime.question")
    return None if question is None else str(question.text)


def _target(vcenter: str, vm: Found, host: Found | None) -> Target:
    stores = [(pair.name, pair.url) for pair in vm.get("config.datastoreUrl", ())]
    return Target(
        vcenter=vcenter,
        moid=vm.moid,
        name=decoded(vm.get("name", "")),
        instance_uuid=vm.get("config.instanceUuid").lower(),
        bios_uuid=vm.get("config.uuid").lower(),
        vmx_path=vmx_path(vm.get("config.files.vmPathName", ""), stores),
        host_moid="" if host is None else host.moid,
        host_name="" if host is None else host.get("name", ""),
    )


def _cluster(found: list[Found]) -> Found | None:
    """A host that stands alone hangs in a ComputeResource of its own name, which is no cluster."""
    return next((item for item in found if isinstance(item.ref, vim.ClusterComputeResource)), None)


def _addresses(vm: Found) -> tuple[str, ...]:
    first = vm.get("guest.ipAddress")
    others = (address for nic in vm.get("guest.net", ()) for address in nic.ipAddress or ())
    return tuple(dict.fromkeys(a for a in (first, *others) if a))


def _method_name(method: Any) -> str:
    """``PowerOffVM_Task``; methods newer than pyVmomi have but a name."""
    info = getattr(method, "info", None)
    return str(getattr(info, "wsdlName", None) or getattr(method, "name", method))
