"""Reading and writing the event log."""

from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.cluster import Cluster
from bot.lab.events import Event
from bot.lab.host import Host
from bot.lab.task import Fault
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.moid import moid_of
from bot.lab.vcenter.task_properties import fault_object


async def log_user_event(call: Call) -> None:
    """EventManager.LogUserEvent, for a machine or a host. Raises the fault ManagedObjectNotFound."""
    entity = call.args["entity"]
    vm = call.vm(entity) if isinstance(entity, vim.VirtualMachine) else None
    host = vm.host if vm else call.host(entity)
    call.world.events.log("GeneralUserEvent", call.args["msg"], user=call.user, vm=vm, host=host)


async def query_events(call: Call) -> list[Any]:
    """EventManager.QueryEvents by entity itself, time, and class; the other filters are not looked at."""
    wanted = call.args["filter"]
    return [
        _as_object(event)
        for event in call.world.events.logged
        if VmomiSupport.IsChildVersion(call.version, _class(event)._version)  # noqa: SLF001 - pyVmomi's own name
        and _concerns(event, wanted.entity)
        and _within(event, wanted.time)
        and _of_kinds(event, wanted)
    ]


def _concerns(event: Event, wanted: Any) -> bool:
    if wanted is None:
        return True
    moid = moid_of(wanted.entity)
    if isinstance(wanted.entity, vim.VirtualMachine):
        return event.vm is not None and event.vm.moid == moid
    if isinstance(wanted.entity, vim.HostSystem):
        return event.host is not None and event.host.moid == moid
    # Of folders, the data centre and the cluster only the whole tree is asked for.
    return bool(wanted.recursion != "self")


def _within(event: Event, wanted: Any) -> bool:
    if wanted is None:
        return True
    return (wanted.beginTime is None or event.at >= wanted.beginTime) and (
        wanted.endTime is None or event.at <= wanted.endTime
    )


def _of_kinds(event: Event, wanted: Any) -> bool:
    if wanted.type and not issubclass(_class(event), tuple(wanted.type)):
        return False
    return not wanted.eventTypeId or bool({event.kind, f"vim.event.{event.kind}"} & set(wanted.eventTypeId))


def _class(event: Event) -> Any:
    return getattr(vim.event, event.kind)


def _as_object(event: Event) -> Any:
    made = _class(event)(
        key=event.key,
        chainId=event.key,
        createdTime=event.at,
        userName=event.user,
        fullFormattedMessage=event.message,
    )
    host = event.host or (event.vm.host if event.vm else None)
    if event.vm is not None:
        made.vm = vim.event.VmEventArgument(name=event.vm.name, vm=vim.VirtualMachine(event.vm.moid))
    if host is not None:
        made.host = _detail(host)
    if isinstance(made, vim.event.GeneralUserEvent):
        made.message = event.message
    for name, value in event.details.items():
        setattr(made, name, _detail(value))
    return made


def _detail(value: object) -> Any:
    if isinstance(value, Host):
        return vim.event.HostEventArgument(name=value.name, host=vim.HostSystem(value.moid))
    if isinstance(value, Cluster):
        ref = vim.ClusterComputeResource(value.moid)
        return vim.event.ComputeResourceEventArgument(name=value.name, computeResource=ref)
    return fault_object(value) if isinstance(value, Fault) else value
