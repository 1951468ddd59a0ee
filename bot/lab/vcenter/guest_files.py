"""Guest operations on files."""

import re
from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.guest import GuestFile
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.power import require_powered_on
from bot.lab.vcenter.signs import signs_of
from bot.lab.vm import Vm

# "Default 50 results" [vSphere API reference].
_PAGE = 50


async def list_files(call: Call) -> Any:
    """GuestFileManager.ListFilesInGuest of a file or a folder. Faults: those of `_enter`, FileNotFound."""
    vm = _enter(call)
    path = call.args["filePath"]
    file = vm.guest.file(path)
    files = [file] if file else vm.guest.folder(path)
    if not files:
        raise _not_found(path)
    if pattern := call.args.get("matchPattern"):
        files = [found for found in files if re.search(pattern, _name(found))]
    start = call.args.get("index") or 0
    end = start + (call.args.get("maxResults") or _PAGE)
    return vim.vm.guest.FileManager.ListFileInfo(
        files=[_described(vm, found, full=file is not None) for found in files[start:end]],
        remaining=max(0, len(files) - end),
    )


async def initiate_transfer_from(call: Call) -> Any:
    """GuestFileManager.InitiateFileTransferFromGuest: a URL at the host. Faults as above."""
    vm = _enter(call)
    path = call.args["guestFilePath"]
    file = vm.guest.file(path)
    if file is None:
        raise _not_found(path)
    return vim.vm.guest.FileManager.FileTransferInformation(
        attributes=_attributes(vm, file), size=file.size, url=call.transfers.offer(vm.host, file)
    )


def _enter(call: Call) -> Vm:
    """The machine, once its guest lets the caller in.

    Raises InvalidPowerState, GuestOperationsUnavailable and InvalidGuestLogin.
    """
    vm = call.vm(call.args["vm"])
    require_powered_on(vm)
    if not signs_of(vm.guest.state).operations_ready:
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


def _not_found(path: str) -> Any:
    return vim.fault.FileNotFound(file=path, msg=f"File {path} was not found")


def _name(file: GuestFile) -> str:
    return re.split(r"[\\/]", file.path)[-1]


def _described(vm: Vm, file: GuestFile, *, full: bool) -> Any:
    return vim.vm.guest.FileManager.FileInfo(
        path=file.path if full else _name(file),
        type="file",
        size=file.size,
        attributes=_attributes(vm, file),
    )


def _attributes(vm: Vm, file: GuestFile) -> Any:
    if vm.guest.family == "windows":
        return vim.vm.guest.FileManager.WindowsFileAttributes(
            modificationTime=file.modified, accessTime=file.modified, createTime=file.modified
        )
    return vim.vm.guest.FileManager.PosixFileAttributes(
        modificationTime=file.modified, accessTime=file.modified, permissions=0o600
    )
