"""Files in a guest: size and time, and the first bytes."""

from __future__ import annotations

import ntpath
import posixpath
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestEntry
from bot.core.signs import GuestFile
from bot.core.target import Machine
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.guest_account import account, guest_managers, guest_meaning
from bot.vsphere.properties import moid
from bot.vsphere.session import Link
from bot.vsphere.transfer import transfer_start

_PAGE = 200
"""rows of a listing asked for at once"""


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

    def inside(self, name: str) -> str:
        """The full path of what is in this folder."""
        return ntpath.join(self.path, name) if self.windows else posixpath.join(self.path, name)

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
    return GuestFile(path=file.path, size=found.size, modified_at=_modified_at(file, found))


def read_folder(link: Link, folder: GuestPath, pattern: str | None) -> tuple[GuestEntry, ...]:
    """Files and folders directly in it whose names the pattern finds; empty if it is not there.

    Pages are counted by what has come, so what changes meanwhile may be listed twice or not at all.
    Raises ``VmdumpError`` and pyVmomi's faults.
    """
    manager, login = _file_manager(link), account(folder.rule, folder.machine)
    vm = vim.VirtualMachine(folder.machine.target.moid, link.stub)
    entries: list[GuestEntry] = []
    seen, remaining = 0, 1
    try:
        while remaining:
            page: Any = manager.ListFilesInGuest(vm, login, folder.path, seen or None, _PAGE, pattern)
            entries += [_entry(folder, each) for each in page.files or () if _counts(each)]
            seen += len(page.files or ())
            remaining = page.remaining if page.files else 0
    except vim.fault.FileNotFound:
        return ()
    except vmodl.MethodFault as e:
        raise guest_meaning(folder.machine, folder.rule, folder.path, e) from None
    return tuple(entries)


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


def _counts(listed: Any) -> bool:
    return listed.type in {"file", "directory"} and listed.path not in {".", ".."}


def _entry(folder: GuestPath, listed: Any) -> GuestEntry:
    is_folder = listed.type == "directory"
    return GuestEntry(
        path=folder.inside(listed.path),
        folder=is_folder,
        size=0 if is_folder else listed.size,
        modified_at=_modified_at(folder, listed),
    )


def _modified_at(file: GuestPath, listed: Any) -> datetime:
    changed = listed.attributes.modificationTime
    if changed is None:
        raise VmdumpError(
            Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause="it has no modification time"
        )
    at: datetime = changed.astimezone(UTC)
    return at


def _file_manager(link: Link) -> Any:
    return vim.vm.guest.FileManager(moid(guest_managers(link).values["fileManager"]), link.stub)
