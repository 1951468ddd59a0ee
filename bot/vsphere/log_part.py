"""The end of a VM's ``vmware.log``, over its datastore's HTTPS."""

from __future__ import annotations

import re
from urllib.parse import quote

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.core.surroundings import LogPart
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.fetch import Fetched, fetch
from bot.vsphere.inventory import PLACES, parent_of, places_of
from bot.vsphere.naming import path_of
from bot.vsphere.privileges import BROWSE
from bot.vsphere.properties import Step, ask, moid
from bot.vsphere.session import Link

MOST = 256 << 10
_UP = ("folder-up", "app-folder", "app-up")
_STEPS = (
    Step("vm-folder", vim.VirtualMachine, "parent", _UP),
    Step("vm-app", vim.VirtualMachine, "parentVApp", _UP),
    Step("folder-up", vim.Folder, "parent", (*_UP, "datacenter-up")),
    Step("datacenter-up", vim.Datacenter, "parent", ("folder-up",)),
    Step("app-folder", vim.VirtualApp, "parentFolder", _UP),
    Step("app-up", vim.VirtualApp, "parentVApp", _UP),
)
_FILES = ("config.files.logDirectory", "config.files.vmPathName")
_WANTED = PLACES | {vim.VirtualMachine: ("parent", "parentVApp", *_FILES)}
_DIRECTORY = re.compile(r"\[(?P<store>.+?)\] ?(?P<folder>.*)")
_RANGE = re.compile(r"bytes (?P<start>\d+)-\d+/\d+")


def read_log_part(link: Link, endpoint: VCenterEndpoint, vm_moid: str, after: int | None) -> LogPart:
    """A log that has become shorter was begun anew: it is read from its start.

    Raises pyVmomi's faults and ``VmdumpError``, ``OSError``, ``HTTPException``.
    """
    place = _place(link, endpoint, vm_moid)
    size = _size(endpoint, _get(link, endpoint, place, 0, most=0))
    if after is None:
        return LogPart(size=size, text="")
    start = max(0 if after > size else after, size - MOST)
    if start == size:
        return LogPart(size=size, text="")
    data = _get(link, endpoint, place, start, most=size - start).data
    return LogPart(size=start + len(data), text=data.decode(errors="replace"))


def _place(link: Link, endpoint: VCenterEndpoint, vm_moid: str) -> str:
    """The log's path and query at the server."""
    found = ask(link, vim.VirtualMachine(vm_moid, link.stub), _WANTED, _STEPS, ("vm-folder", "vm-app"))
    vm = next((item for item in found if item.moid == vm_moid), None)
    if vm is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=vim.VirtualMachine(vm_moid, None))
    beside_vmx = vm.get("config.files.vmPathName", "").rpartition("/")[0]
    folder = _DIRECTORY.fullmatch(vm.get("config.files.logDirectory", "") or beside_vmx)
    center = next((item for item in found if isinstance(item.ref, vim.Datacenter)), None)
    if folder is None or center is None:
        raise _failed(endpoint, "vCenter does not say where the VM's log is")
    root = moid(link.content.rootFolder)
    center_path = path_of(center.get("name", ""), parent_of(center), places_of(found), root)
    path = quote(f"/folder/{folder['folder'].strip('/')}/vmware.log")
    return f"{path}?dcPath={quote(center_path[1:], safe='')}&dsName={quote(folder['store'], safe='')}"


def _get(link: Link, endpoint: VCenterEndpoint, place: str, start: int, *, most: int) -> Fetched:
    headers = {"Cookie": link.cookie} | ({"Range": f"bytes={start}-"} if start else {})
    fetched = fetch(link.connect(), place, headers, most=most, seconds=endpoint.call_seconds)
    match fetched.status:
        case 200 if not start:
            return fetched
        case 206 if start == _start(fetched):
            return fetched
        case 200 | 206:
            raise _failed(endpoint, "its datastore gives no parts of files")
        case 401:
            raise vim.fault.NotAuthenticated
        case 403:
            raise vim.fault.NoPermission(privilegeId=BROWSE)
        case 404:
            raise _failed(endpoint, "there is no vmware.log, or the account may not see its datastore")
        case 416:
            raise _failed(endpoint, "vmware.log was begun anew while it was read")
        case status:
            raise _failed(endpoint, f"its datastore answers {status}")


def _start(fetched: Fetched) -> int | None:
    told = _RANGE.fullmatch(fetched.headers.get("Content-Range", ""))
    return None if told is None else int(told["start"])


def _size(endpoint: VCenterEndpoint, fetched: Fetched) -> int:
    told = fetched.headers.get("Content-Length", "")
    if not told.isdecimal():
        raise _failed(endpoint, "its datastore does not say how long vmware.log is")
    return int(told)


def _failed(endpoint: VCenterEndpoint, fault: str) -> VmdumpError:
    return VmdumpError(Code.VCENTER_FAULT, endpoint=endpoint.name, fault=fault)
