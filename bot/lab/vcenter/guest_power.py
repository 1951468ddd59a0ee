"""Restarting a guest by its Tools."""

from pyVmomi import vim

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.power import require_running
from bot.lab.vcenter.signs import signs_of


async def reboot_guest(call: Call) -> None:
    """VirtualMachine.RebootGuest: asks for it and waits for nothing. Faults: InvalidState, ToolsUnavailable.

    A guest that hangs silently never does what it is asked for.
    """
    vm = call.vm(call.this)
    require_running(vm)
    if signs_of(vm.guest).guest_state != "running" or vm.guest.state != "running":
        raise vim.fault.ToolsUnavailable(
            msg="Cannot complete operation because VMware Tools is not running in this virtual machine."
        )
    if vm.guest.hung is None:
        call.world.reboot(vm)
