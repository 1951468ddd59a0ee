"""The NMI that the vSphere API sends."""

from pyVmomi import vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.power import require_powered_on


async def send_nmi(call: Call) -> None:
    """VirtualMachine.SendNMI, as `vcenter.send_nmi` says. Raises InvalidPowerState as well.

    In which order a real vCenter checks the power state and whether it implements the method is unknown.
    """
    vm = call.vm(call.this)
    if call.world.vcenter.send_nmi == "not-implemented":
        raise vmodl.fault.NotImplemented(msg="The requested operation is not implemented by the server.")
    if call.world.vcenter.send_nmi == "not-supported":
        raise vmodl.fault.NotSupported(msg="The operation is not supported on the object.")
    require_powered_on(vm)
    if vm.world_id is None or not call.world.deliver_nmi(vm.host, vm.world_id, via="api"):
        raise vmodl.fault.SystemError(
            reason="the machine has no world", msg="A general system error occurred"
        )
