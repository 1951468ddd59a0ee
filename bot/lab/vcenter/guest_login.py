"""What every guest operation begins with."""

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.power import require_running
from bot.lab.vcenter.signs import signs_of
from bot.lab.vm import Vm


async def enter(call: Call) -> Vm:
    """The machine, once its guest lets the caller in; a guest that hangs may leave it waiting.

    Raises InvalidState, InvalidPowerState, GuestOperationsUnavailable and InvalidGuestLogin.
    """
    vm = call.vm(call.args["vm"])
    require_running(vm)
    guest = vm.guest
    await call.world.until(lambda: guest.hung != "silent" or guest.state != "running")
    if not signs_of(guest).operations_ready:
        raise vim.fault.GuestOperationsUnavailable(msg="The guest operations agent could not be contacted.")
    auth = call.args["auth"]
    if not isinstance(auth, vim.vm.guest.NamePasswordAuthentication):
        raise vmodl.fault.InvalidArgument(
            invalidProperty="auth", msg="A specified parameter was not correct: auth"
        )
    if not vm.guest.accepts(auth.username, auth.password):
        raise vim.fault.InvalidGuestLogin(
            msg="Failed to authenticate with the guest operating system using the supplied credentials."
        )
    return vm
