"""The NMI that the vSphere API sends."""

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.power import require_running
from bot.lab.vcenter.vm_properties import disabled


async def send_nmi(call: Call) -> None:
    """VirtualMachine.SendNMI, as `vcenter.send_nmi` says.

    Raises MethodDisabled, InvalidState and InvalidPowerState as well. In which order a real vCenter looks at
    all that, and at whether it implements the method, is unknown.
    """
    vm = call.vm(call.this)
    if call.world.vcenter.send_nmi == "not-implemented":
        raise vmodl.fault.NotImplemented(msg="The requested operation is not implemented by the server.")
    if call.world.vcenter.send_nmi == "not-supported":
        raise vmodl.fault.NotSupported(msg="The operation is not supported on the object.")
    if "SendNMI" in disabled(vm):
        raise vim.fault.MethodDisabled(msg="The method is disabled by 'lab'", source="lab")
    require_running(vm)
    if vm.world_id is None or not call.world.deliver_nmi(vm.host, vm.world_id, via="api"):
        raise vmodl.fault.SystemError(
            reason="the machine has no world", msg="A general system error occurred"
        )
