"""The task of a machine that is being moved to another host."""

from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.vcenter.inventory import Properties
from bot.lab.vm import Vm


def migration_task(vm: Vm) -> Any:
    """Its reference."""
    return vim.Task(f"task-migrate-{vm.moid}")


def migration_properties(vm: Vm) -> Properties:
    """How to compute its properties; the machine lists it among its recent tasks while it lasts."""
    return {"info": lambda: _info(vm)}


def _info(vm: Vm) -> Any:
    task = migration_task(vm)
    return vim.TaskInfo(
        key=task._moId,  # noqa: SLF001 - pyVmomi has no other name for it
        task=task,
        name=VmomiSupport.GetWsdlMethod("urn:vim25", "MigrateVM_Task"),
        descriptionId="VirtualMachine.migrate",
        entity=vim.VirtualMachine(vm.moid),
        entityName=vm.name,
        state="running" if vm.migrating else "success",
        cancelled=False,
        cancelable=True,
        progress=42 if vm.migrating else None,
        reason=vim.TaskReasonSystem(),
        queueTime=vm.powered_on_at,
        startTime=vm.powered_on_at,
        eventChainId=1,
    )
