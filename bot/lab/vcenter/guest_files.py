"""Guest operations on files."""

import re
from typing import Any

from pyVmomi import vim

from bot.lab.guest import GuestFile
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.vm import Vm

# "Default 50 results" [vSphere API reference].
_PAGE = 50


async def list_files(call: Call) -> Any:
    """GuestFileManager.ListFilesInGuest of a file or a folder. Faults: those of `enter`, FileNotFound."""
    vm = enter(call)
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
    vm = enter(call)
    path = call.args["guestFilePath"]
    file = vm.guest.file(path)
    if file is None:
        raise _not_found(path)
    return vim.vm.guest.FileManager.FileTransferInformation(
        attributes=_attributes(vm, file), size=file.size, url=call.transfers.offer(vm.host, file)
    )


async def delete_file(call: Call) -> None:
    """GuestFileManager.DeleteFileInGuest. Faults as above."""
    vm = enter(call)
    path = call.args["filePath"]
    if vm.guest.file(path) is None:
        raise _not_found(path)
    vm.guest.forget(path)


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
