"""A value of a Windows guest's registry, set or removed: by its manager, before API 6.0 by ``reg.exe``."""

from __future__ import annotations

import re
from collections.abc import Callable
from subprocess import list2cmdline
from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.core.change import Stand
from bot.core.guest_change import RegistryChange
from bot.core.guest_readings import RegistryValue
from bot.vsphere.guest_account import account, guest_managers
from bot.vsphere.guest_files import GuestPath
from bot.vsphere.guest_program import Program
from bot.vsphere.guest_registry import (
    SYSTEM,
    key_name,
    new_output_file,
    plain,
    read_registry,
    registry_manager,
)
from bot.vsphere.guest_shell import sendable
from bot.vsphere.guests import Guests
from bot.vsphere.session import Link
from bot.vsphere.standing import stand

_PLAIN_NAME = re.compile(r"\w[\w .-]*", re.ASCII)
_Manager = vim.vm.guest.WindowsRegistryManager


def registry_stand(link: Link, guests: Guests, change: RegistryChange) -> Stand:
    """``reg.exe`` prints what is not ASCII in a code page that nobody knows: such text reads as another."""
    output = guests.path(link, change.vm_moid, new_output_file())
    values = read_registry(link, guests.endpoint, output, plain(change.key)) or {}
    found = next((v for name, v in values.items() if name.lower() == change.name.lower()), None)
    ours = RegistryValue(type=change.type, data=change.ours)
    seen = "not set" if found is None else str(found.data)
    return stand(seen, ours=found == ours, before=found == change.former)


def registry_writer(
    link: Link, guest: GuestPath, change: RegistryChange, *, back: bool
) -> Program | Callable[[Any], None]:
    """A program to run, or what makes the one call with a stub. ``ValueError`` for what is not plain."""
    key, name = plain(change.key), _plain_name(change.name)
    value = change.former if back else RegistryValue(type=change.type, data=change.ours)
    if value is not None:
        sendable(str(value.data))
    data = None if value is None else _data(value)
    managers = guest_managers(link)
    if managers.get("guestWindowsRegistryManager") is None:
        _told_to_the_letter(change)
        return Program(rf"{SYSTEM}\reg.exe", list2cmdline(_words(key, name, value)))

    def write(stub: Any) -> None:
        vm = vim.VirtualMachine(guest.machine.target.moid, stub)
        manager = registry_manager(stub, managers)
        value_name = _Manager.RegistryValueName(keyName=key_name(key), name=name)
        login = account(guest.rule, guest.machine)
        if data is None:
            manager.DeleteRegistryValueInGuest(vm, login, value_name)
        else:
            made = _Manager.RegistryValue(name=value_name, data=data)
            manager.SetRegistryValueInGuest(vm, login, made)

    return write


def _told_to_the_letter(change: RegistryChange) -> None:
    """What was read wrongly could not be put back: a letter that its code page lacks is printed as ``?``."""
    former = "" if change.former is None else str(change.former.data)
    if "?" in former or not (former + str(change.ours)).isascii():
        raise ValueError("before API 6.0 only ASCII is read to the letter")


def _plain_name(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(f"not a plain name of a value: {name!r}")
    return name


def _words(key: str, name: str, value: RegistryValue | None) -> list[str]:
    if value is None:
        return ["delete", key, "/v", name, "/f"]
    data = str(value.data)
    data = data.replace("\n", r"\0") if value.type == "REG_MULTI_SZ" else data
    return ["add", key, "/v", name, "/t", value.type, "/d", data, "/f"]


def _data(value: RegistryValue) -> Any:
    match value.type, value.data:
        case "REG_DWORD", int() as number:
            # The API's numbers have a sign, the registry's have none.
            return _Manager.RegistryValueDword(value=number - ((number & 1 << 31) << 1))
        case "REG_QWORD", int() as number:
            return _Manager.RegistryValueQword(value=number - ((number & 1 << 63) << 1))
        case "REG_MULTI_SZ", str() as text:
            return _Manager.RegistryValueMultiString(value=text.split("\n") if text else [])
        case "REG_EXPAND_SZ", str() as text:
            return _Manager.RegistryValueExpandString(value=text)
        case "REG_BINARY", str() as text:
            return _Manager.RegistryValueBinary(value=VmomiSupport.binary(bytes.fromhex(text)))
        case "REG_SZ", str() as text:
            return _Manager.RegistryValueString(value=text)
        case _:
            raise ValueError(f"no {value.type}: {value.data!r}")
