"""Guest operations on files."""

import re
from functools import partial
from typing import Any

from pyVmomi import vim

from bot.lab.esxi.transfers import Content, of_stored
from bot.lab.guest import GuestFile
from bot.lab.vcenter import real_guest
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.vm import Vm

# "Default 50 results" [vSphere API reference].
_PAGE = 50


async def list_files(call: Call) -> Any:
    """GuestFileManager.ListFilesInGuest of a file or a folder. Faults: those of `enter`, FileNotFound."""
    vm = enter(call)
    path = call.args["filePath"]
    if vm.machine is not None:
        listed = await real_guest.listed(vm.machine, path)
    else:
        listed = _listed(vm, path)
    if pattern := call.args.get("matchPattern"):
        listed = [found for found in listed if re.search(pattern, _name(found.path))]
    start = call.args.get("index") or 0
    end = start + (call.args.get("maxResults") or _PAGE)
    return vim.vm.guest.FileManager.ListFileInfo(files=listed[start:end], remaining=max(0, len(listed) - end))


async def initiate_transfer_from(call: Call) -> Any:
    """GuestFileManager.InitiateFileTransferFromGuest: a URL at the host. Faults as above."""
    vm = enter(call)
    path = call.args["guestFilePath"]
    if vm.machine is not None:
        attributes, content = await real_guest.content_of(vm.machine, path)
    else:
        attributes, content = _content(vm, path)
    return vim.vm.guest.FileManager.FileTransferInformation(
        attributes=attributes, size=content.size, url=call.transfers.offer(vm.host, content)
    )


async def delete_file(call: Call) -> None:
    """GuestFileManager.DeleteFileInGuest. Faults as above."""
    vm = enter(call)
    path = call.args["filePath"]
    if vm.machine is not None:
        await real_guest.delete(vm.machine, path)
        return
    if vm.guest.file(path) is None:
        raise _not_found(path)
    vm.guest.forget(path)


def _listed(vm: Vm, path: str) -> list[Any]:
    if file := vm.guest.file(path):
        return [_described(vm, file, file.path)]
    files = vm.guest.folder(path)
    if not files:
        raise _not_found(path)
    return [_described(vm, file, _name(file.path)) for file in files]


def _content(vm: Vm, path: str) -> tuple[Any, Content]:
    file = vm.guest.file(path)
    if file is None:
        raise _not_found(path)
    return _attributes(vm, file), Content(file.size, partial(of_stored, file.stored))


def _not_found(path: str) -> Any:
    return vim.fault.FileNotFound(file=path, msg=f"File {path} was not found")


def _name(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]


def _described(vm: Vm, file: GuestFile, path: str) -> Any:
    attributes = _attributes(vm, file)
    return vim.vm.guest.FileManager.FileInfo(path=path, type="file", size=file.size, attributes=attributes)


def _attributes(vm: Vm, file: GuestFile) -> Any:
    if vm.guest.family == "windows":
        return vim.vm.guest.FileManager.WindowsFileAttributes(
            modificationTime=file.modified, accessTime=file.modified, createTime=file.modified
        )
    return vim.vm.guest.FileManager.PosixFileAttributes(
        modificationTime=file.modified, accessTime=file.modified, permissions=0o600
    )
