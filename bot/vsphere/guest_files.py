"""Files in a guest: size and time, and the first bytes."""

from __future__ import annotations

import ntpath
import posixpath
import re
from dataclasses import dataclass
from datetime import UTC
from http.client import HTTPException
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.core.signs import GuestFile
from bot.core.target import Machine
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.guest_account import account, guest_managers, guest_meaning
from bot.vsphere.properties import moid
from bot.vsphere.session import Link
from bot.vsphere.transfer import transfer_start


@dataclass(frozen=True)
class GuestPath:
    """A file in a guest, and whose account reads it."""

    machine: Machine
    rule: GuestRule | None
    path: str

    @property
    def windows(self) -> bool:
        return "\\" in self.path

    def split(self) -> tuple[str, str]:
        """Folder and name."""
        return ntpath.split(self.path) if self.windows else posixpath.split(self.path)

    def same_name(self, listed: str) -> bool:
        """Whether a listed name is this file's; Windows does not tell case apart."""
        name = self.split()[1]
        if self.windows:
            return ntpath.basename(listed).lower() == name.lower()
        return posixpath.basename(listed) == name


def read_guest_file(link: Link, file: GuestPath) -> GuestFile | None:
    """None if the file, or its folder, is not there. Raises ``VmdumpError`` and pyVmomi's faults."""
    folder, name = file.split()
    pattern = ("(?i)" if file.windows else "") + f"^{re.escape(name)}$"
    login = account(file.rule, file.machine)
    vm = vim.VirtualMachine(file.machine.target.moid, link.stub)
    try:
        listing: Any = _file_manager(link).ListFilesInGuest(vm, login, folder, None, None, pattern)
    except vim.fault.FileNotFound:
        return None
    except vmodl.MethodFault as e:
        raise guest_meaning(file.machine, file.rule, file.path, e) from None
    found = next((f for f in listing.files or () if f.type == "file" and file.same_name(f.path)), None)
    if found is None:
        return None
    changed = found.attributes.modificationTime
    if changed is None:
        raise VmdumpError(
            Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause="it has no modification time"
        )
    return GuestFile(path=file.path, size=found.size, modified_at=changed.astimezone(UTC))


def read_guest_file_start(link: Link, endpoint: VCenterEndpoint, file: GuestPath, length: int) -> bytes:
    """The first bytes. Raises ``VmdumpError`` and pyVmomi's faults."""
    login = account(file.rule, file.machine)
    vm = vim.VirtualMachine(file.machine.target.moid, link.stub)
    try:
        ticket: Any = _file_manager(link).InitiateFileTransferFromGuest(vm, login, file.path)
    except vmodl.MethodFault as e:
        raise guest_meaning(file.machine, file.rule, file.path, e) from None
    try:
        status, data = transfer_start(link, endpoint, file.machine, ticket.url, length)
    except TimeoutError:
        raise VmdumpError(
            Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause="time-out"
        ) from None
    except (OSError, HTTPException) as e:
        # The URL works once, so a lost connection cannot be repaired by asking it again.
        cause = f"the host's file transfer: {type(e).__name__}"
        raise VmdumpError(Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause=cause) from None
    if status != 200:
        raise VmdumpError(
            Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause=f"the host answers {status}"
        )
    return data


def delete_guest_file(link: Link, file: GuestPath) -> None:
    """Raises ``VmdumpError`` and pyVmomi's faults, among them FileNotFound."""
    login = account(file.rule, file.machine)
    vm = vim.VirtualMachine(file.machine.target.moid, link.stub)
    _file_manager(link).DeleteFileInGuest(vm, login, file.path)


def _file_manager(link: Link) -> Any:
    return vim.vm.guest.FileManager(moid(guest_managers(link).values["fileManager"]), link.stub)
