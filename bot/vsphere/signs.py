"""A VM's signs of life."""

from __future__ import annotations

from datetime import datetime

from pyVmomi import vim, vmodl

from bot.core.signs import Signs
from bot.vsphere.machine import question_text
from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Link

_VM = (
    "runtime.powerState",
    "runtime.question",
    "runtime.host",
    "guestHeartbeatStatus",
    "guest.toolsRunningStatus",
    "guest.guestState",
    "guest.guestOperationsReady",
    "guest.guestKernelCrashed",
)


def read_signs(link: Link, vm_moid: str, read_at: datetime) -> Signs:
    """``kernel_crashed`` is None before API 6.0, and while VMware Tools have not told."""
    found = ask(link, vim.VirtualMachine(vm_moid, link.stub), {vim.VirtualMachine: _VM})
    if not found:
        raise vmodl.fault.ManagedObjectNotFound(obj=vim.VirtualMachine(vm_moid, None))
    vm = found[0]
    host = vm.get("runtime.host")
    return Signs(
        read_at=read_at,
        power=str(vm.get("runtime.powerState", "")),
        heartbeat=str(vm.get("guestHeartbeatStatus", "gray")),
        tools=str(vm.get("guest.toolsRunningStatus", "guestToolsNotRunning")),
        guest_state=str(vm.get("guest.guestState", "unknown")),
        guest_operations_ready=vm.get("guest.guestOperationsReady"),
        kernel_crashed=vm.get("guest.guestKernelCrashed"),
        question=question_text(vm),
        host_moid="" if host is None else moid(host),
    )
