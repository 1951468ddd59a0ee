"""Whether a machine is in the state that a call needs."""

from pyVmomi import vim

from bot.lab.vm import Vm

_WORDS = {"poweredOff": "Powered off", "suspended": "Suspended"}


def require_running(vm: Vm) -> None:
    """Raises the fault InvalidState where vCenter has lost it, and InvalidPowerState where it is down."""
    if vm.connection_state != "connected":
        raise vim.fault.InvalidState(
            msg=f"The operation is not allowed in the current connection state ({vm.connection_state})."
        )
    if not vm.powered_on:
        raise vim.fault.InvalidPowerState(
            requestedState="poweredOn",
            existingState=vm.power_state,
            msg="The attempted operation cannot be performed in the current state"
            f" ({_WORDS[vm.power_state]}).",
        )
