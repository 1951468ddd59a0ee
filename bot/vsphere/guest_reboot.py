"""Restarting a guest by its own system."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.vsphere.faults import fault_text
from bot.vsphere.guests import Guests
from bot.vsphere.machine import read_machine
from bot.vsphere.session import Deed, Link


def reboot_of(link: Link, guests: Guests, moid: str) -> Deed[None]:
    """``VirtualMachine.RebootGuest``: what it answers says only that the Tools were asked."""
    name = read_machine(link, guests.endpoint.name, moid).target.name

    def deed(stub: Any, _: Link) -> None:
        try:
            vim.VirtualMachine(moid, stub).RebootGuest()
        except vim.fault.ToolsUnavailable as fault:
            raise VmdumpError(Code.GUEST_UNAVAILABLE, vm=name, cause=fault_text(fault)) from None

    return deed
