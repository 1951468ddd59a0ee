"""Guest operations on files."""

import re
from datetime import datetime
from functools import partial
from typing import Any

from pyVmomi import vim

from bot.lab.esxi.transfers import Content, of_file
from bot.lab.guest_file import GuestFile
from bot.lab.vcenter import real_guest
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.vm import Vm

# "Default 50 results" [vSphere API reference].
_PAGE = 50


async def list_files(call: Call) -> Any:
    """GuestFileManager.ListFilesInGuest of a file or a folder. Faults: those of `enter`, FileNotFound."""
    vm = await enter(call)
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
    vm = await enter(call)
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
    vm = await enter(call)
    path = call.args["filePath"]
    if vm.machine is not None:
        await real_guest.delete(vm.machine, path)
        return
    if vm.guest.file(path) is None:
        raise _not_found(path)
    vm.guest.forget(path)


def _listed(vm: Vm, path: str) -> list[Any]:
    file = vm.guest.file(path)
    listed = [_described(vm, file, file.path)] if file else _folder(vm, path)
    if not listed:
        raise _not_found(path)
    return listed


def _content(vm: Vm, path: str) -> tuple[Any, Content]:
    file = vm.guest.file(path)
    if file is None:
        raise _not_found(path)
    if isinstance(file.stored, int):
        raise vim.fault.CannotAccessFile(file=path, msg=f"File {path} is in use by another process")
    return _attributes(vm, file.modified), Content(file.size, partial(of_file, file))


def _not_found(path: str) -> Any:
    return vim.fault.FileNotFound(file=path, msg=f"File {path} was not found")


def _name(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]


def _folder(vm: Vm, path: str) -> list[Any]:
    """What is directly in a folder, itself and the one above first, as Tools list it [unconfirmed]."""
    files = [_described(vm, file, _name(file.path)) for file in vm.guest.folder(path)]
    folders = vm.guest.files.folders(path)
    if not files and not folders:
        return []
    newest = max(each.attributes.modificationTime for each in files) if files else max(folders.values())
    folders = {".": newest, "..": newest} | folders
    return [_described_folder(vm, name, at) for name, at in folders.items()] + files


def _described_folder(vm: Vm, name: str, modified: datetime) -> Any:
    attributes = _attributes(vm, modified)
    return vim.vm.guest.FileManager.FileInfo(path=name, type="directory", size=4096, attributes=attributes)


def _described(vm: Vm, file: GuestFile, path: str) -> Any:
    attributes = _attributes(vm, file.modified)
    return vim.vm.guest.FileManager.FileInfo(path=path, type="file", size=file.size, attributes=attributes)


def _attributes(vm: Vm, modified: datetime) -> Any:
    if vm.guest.family == "windows":
        return vim.vm.guest.FileManager.WindowsFileAttributes(
            modificationTime=modified, accessTime=modified, createTime=modified
        )
    return vim.vm.guest.FileManager.PosixFileAttributes(
        modificationTime=modified, accessTime=modified, permissions=0o600
    )
