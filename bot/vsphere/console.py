"""The picture on a VM's console."""

from __future__ import annotations

from urllib.parse import quote

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.fetch import fetch_start
from bot.vsphere.session import Link

_LARGEST = 8 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
_PRIVILEGE = "VirtualMachine.Interact.ConsoleInteract"
"""common knowledge [M]; the page itself does not name it"""


def read_screenshot(link: Link, endpoint: VCenterEndpoint, vm_moid: str) -> bytes:
    """PNG, at most 8 MiB. Raises NotAuthenticated for a lost session, ``VmdumpError`` if it is no picture."""
    status, data = fetch_start(
        link.connect(),
        f"/screen?id={quote(vm_moid, safe='')}",
        {"Cookie": link.cookie},
        most=_LARGEST + 1,
        seconds=endpoint.call_seconds,
    )
    match status:
        case 200 if data.startswith(_PNG) and len(data) <= _LARGEST:
            return data
        case 200:
            what = "too large" if len(data) > _LARGEST else "no PNG"
            raise VmdumpError(
                Code.VCENTER_FAULT, endpoint=endpoint.name, fault=f"the console's picture is {what}"
            )
        case 401:
            raise vim.fault.NotAuthenticated
        case 403:
            raise vim.fault.NoPermission(privilegeId=_PRIVILEGE)
        case 404:
            raise VmdumpError(Code.VM_GONE, endpoint=endpoint.name, moid=vm_moid)
        case _:
            fault = f"the console answers {status}"
            raise VmdumpError(Code.VCENTER_FAULT, endpoint=endpoint.name, fault=fault)
