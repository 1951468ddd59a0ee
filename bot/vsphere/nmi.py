"""``VirtualMachine.SendNMI``, and whether it can be had."""

from __future__ import annotations

from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.core.errors import Code, VmdumpError
from bot.core.route import Route
from bot.core.target import Machine
from bot.vsphere.privileges import SEND_NMI, missing
from bot.vsphere.session import Link
from bot.vsphere.soap import NAMESPACE, known_in


def api_hindrance(link: Link, machine: Machine) -> VmdumpError | None:
    """What speaks against it beforehand.

    Some vCenters have the method and answer that it is not implemented; which ones is not documented
    [unknown], so that shows only when it is called.
    """
    target = machine.target
    if not sends_nmi(link):
        version = link.content.about.apiVersion
        return VmdumpError(Code.ROUTE_TOO_OLD, route=Route.API.value, vcenter=target.vcenter, version=version)
    if "SendNMI" in machine.disabled_methods:
        return VmdumpError(Code.ROUTE_DISABLED, vm=target.name, method="SendNMI")
    # Where that cannot be told, the call will: its refusal proves that nothing was sent.
    lacking = missing(link, vim.VirtualMachine(target.moid, link.stub), (SEND_NMI,))
    if lacking:
        return VmdumpError(
            Code.ROUTE_PRIVILEGE, route=Route.API.value, vcenter=target.vcenter, privilege=lacking[0]
        )
    return None


def sends_nmi(link: Link) -> bool:
    """Whether its API has the method."""
    return known_in(link.version, VmomiSupport.GetWsdlMethod(NAMESPACE, "SendNMI").info)


def send_by_api(stub: Any, vm_moid: str) -> None:
    """*Effect.*"""
    vim.VirtualMachine(vm_moid, stub).SendNMI()
