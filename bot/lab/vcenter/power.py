"""Whether a machine is in the power state that a call needs."""

from pyVmomi import vim

from bot.lab.vm import Vm


def require_powered_on(vm: Vm) -> None:
    """Raises the fault InvalidPowerState where it is not."""
    if not vm.powered_on:
        raise vim.fault.InvalidPowerState(
            requestedState="poweredOn",
            existingState="poweredOff",
            msg="The attempted operation cannot be performed in the current state (Powered off).",
        )
