"""The methods the lab's vCenter has, and how a call to one runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl

from bot.lab.vcenter import (
    authorization,
    effects,
    esxcli,
    event_manager,
    guest_files,
    guest_power,
    guest_programs,
    guest_registry,
    host_access,
    host_firewall,
    host_options,
    host_services,
    nmi,
    performance,
    property_collectors,
    reconfiguration,
    retrieval,
    sessions,
    tickets,
    views,
)
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.permission import require_privileges
from bot.lab.vcenter.service_content import service_content


async def _service_content(call: Call) -> Any:
    return service_content(call.world.vcenter)


async def _current_time(_call: Call) -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Method:
    """A handler; whether anybody may call it; and for a call with an effect, what it is done on and with.

    Of a `task` the effect comes later, and it says so itself.
    """

    handler: Callable[[Call], Awaitable[Any]]
    anonymous: bool = False
    effect: Callable[[Call], tuple[str, str]] | None = None
    point: Callable[[Call], str] | None = None
    task: bool = False


METHODS: dict[str, Method] = {
    "RetrieveServiceContent": Method(_service_content, anonymous=True),
    "CurrentTime": Method(_current_time),
    "Login": Method(sessions.login, anonymous=True),
    "Logout": Method(sessions.logout),
    "Fetch": Method(retrieval.fetch),
    "RetrieveProperties": Method(retrieval.retrieve_properties),
    "RetrievePropertiesEx": Method(retrieval.retrieve_properties_ex),
    "ContinueRetrievePropertiesEx": Method(retrieval.continue_retrieve_properties_ex),
    "CreatePropertyCollector": Method(property_collectors.create_property_collector),
    "DestroyPropertyCollector": Method(property_collectors.destroy_property_collector),
    "CreateFilter": Method(property_collectors.create_filter),
    "DestroyPropertyFilter": Method(property_collectors.destroy_filter),
    "WaitForUpdatesEx": Method(property_collectors.wait_for_updates_ex),
    "WaitForUpdates": Method(property_collectors.wait_for_updates),
    "CheckForUpdates": Method(property_collectors.check_for_updates),
    "CancelWaitForUpdates": Method(property_collectors.cancel_wait_for_updates),
    "CreateContainerView": Method(views.create_container_view),
    "DestroyView": Method(views.destroy_view),
    "StartService": Method(host_services.start_service, effect=effects.on_host, point=effects.by_id),
    "StopService": Method(host_services.stop_service, effect=effects.on_host, point=effects.by_id),
    "EnableRuleset": Method(host_firewall.enable_ruleset, effect=effects.on_host, point=effects.by_id),
    "DisableRuleset": Method(host_firewall.disable_ruleset, effect=effects.on_host, point=effects.by_id),
    "UpdateRuleset": Method(host_firewall.update_ruleset, effect=effects.on_host, point=effects.by_id),
    "QueryOptions": Method(host_options.query_options),
    "UpdateOptions": Method(host_options.update_options, effect=effects.of_options),
    "QueryLockdownExceptions": Method(host_access.query_lockdown_exceptions),
    "SendNMI": Method(nmi.send_nmi, effect=effects.on_vm),
    "ReconfigureComputeResource_Task": Method(
        reconfiguration.reconfigure, effect=reconfiguration.changes, task=True
    ),
    "LogUserEvent": Method(event_manager.log_user_event, effect=effects.of_event),
    "HasPrivilegeOnEntity": Method(authorization.has_privilege_on_entity),
    "HasPrivilegeOnEntities": Method(authorization.has_privilege_on_entities),
    "FetchUserPrivilegeOnEntities": Method(authorization.fetch_user_privileges),
    "AcquireGenericServiceTicket": Method(tickets.acquire_generic_service_ticket),
    "RetrieveManagedMethodExecuter": Method(esxcli.retrieve_managed_method_executer),
    "ExecuteSoap": Method(esxcli.execute_soap),
    "QueryPerf": Method(performance.query_perf),
    "QueryEvents": Method(event_manager.query_events),
    "ListFilesInGuest": Method(guest_files.list_files),
    "InitiateFileTransferFromGuest": Method(guest_files.initiate_transfer_from),
    "DeleteFileInGuest": Method(guest_files.delete_file, effect=effects.on_guest_file),
    "StartProgramInGuest": Method(guest_programs.start_program, effect=effects.of_program),
    "ListProcessesInGuest": Method(guest_programs.list_processes),
    "ListRegistryValuesInGuest": Method(guest_registry.list_registry_values),
    "SetRegistryValueInGuest": Method(guest_registry.set_registry_value, effect=guest_registry.on_value),
    "DeleteRegistryValueInGuest": Method(
        guest_registry.delete_registry_value, effect=guest_registry.on_value
    ),
    "RebootGuest": Method(guest_power.reboot_guest, effect=effects.on_vm),
}


async def run(call: Call) -> Any:
    """Run a call between its two gates and keep its effect in the world's log.

    Raises MethodFaults for the client, and Dropped where a gate says so.
    """
    call.world.called(call.method)
    method = METHODS.get(call.method)
    if method is None or not _in_version(call):
        raise vmodl.fault.MethodNotFound(
            receiver=call.this, method=call.method, msg=f"The lab has no method {call.method}"
        )
    if call.session is None and not method.anonymous:
        raise vim.fault.NotAuthenticated(
            object=call.this, privilegeId="System.View", msg="The session is not authenticated."
        )
    if method.effect:
        call.effect = call.world.attempt(call.user, call.method, *method.effect(call))
    point = method.point(call) if method.point else call.method
    await call.world.gates.passing(f"{point}:before")
    require_privileges(call)
    result = await method.handler(call)
    if call.effect is not None and not method.task:
        call.effect.applied = True
    await call.world.gates.passing(f"{point}:after")
    return result


def _in_version(call: Call) -> bool:
    """Whether the API of the call's version has the method; those the registry leaves out are in all."""
    return call.info is None or bool(VmomiSupport.IsChildVersion(call.version, call.info.version))
