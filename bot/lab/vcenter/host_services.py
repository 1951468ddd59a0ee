"""Starting and stopping a host's services."""

from pyVmomi import vim

from bot.lab.vcenter.call import Call


async def start_service(call: Call) -> None:
    """HostServiceSystem.StartService; starting what runs changes nothing. Raises the fault NotFound."""
    await _set(call, running=True)


async def stop_service(call: Call) -> None:
    """HostServiceSystem.StopService; stopping what stands changes nothing. Raises the fault NotFound."""
    await _set(call, running=False)


async def _set(call: Call, *, running: bool) -> None:
    service_id = call.args["id"]
    try:
        await call.world.set_service(call.reached_host(), service_id, running=running, user=call.user)
    except KeyError:
        sentence = f"The object or item referred to could not be found: {service_id}"
        raise vim.fault.NotFound(msg=sentence) from None
