"""A task's properties."""

from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.cluster import Cluster
from bot.lab.host import Host
from bot.lab.task import Entity, Fault, Task
from bot.lab.vcenter.inventory import Properties


def task_properties(task: Task) -> Properties:
    """How to compute each property of a task."""
    return {"info": lambda: _info(task)}


def reference(entity: Entity) -> Any:
    """The managed object of what a task is about."""
    if isinstance(entity, Cluster):
        return vim.ClusterComputeResource(entity.moid)
    return vim.HostSystem(entity.moid) if isinstance(entity, Host) else vim.VirtualMachine(entity.moid)


def _info(task: Task) -> Any:
    """vCenter names no method of a task that it began itself [programs that read such tasks]."""
    name = VmomiSupport.GetWsdlMethod("urn:vim25", task.method) if task.method else None
    return vim.TaskInfo(
        key=task.moid,
        task=vim.Task(task.moid),
        name=name,
        descriptionId=task.description_id,
        entity=reference(task.entity),
        entityName=task.entity.name,
        state=task.state,
        cancelled=False,
        cancelable=False,
        error=None if task.fault is None else fault_object(task.fault),
        progress=None if task.state == "queued" else 100 * (task.state != "running"),
        reason=vim.TaskReasonUser(userName=task.user) if task.user else vim.TaskReasonSystem(),
        queueTime=task.queued_at,
        startTime=task.started_at,
        completeTime=task.completed_at,
        eventChainId=0,
    )


def fault_object(fault: Fault) -> Any:
    """The fault of the API."""
    return VmomiSupport.GetVmodlType(fault.kind)(msg=fault.message, **fault.fields)
