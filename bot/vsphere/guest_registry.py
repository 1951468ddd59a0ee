"""The registry of a Windows guest: by its own manager since API 6.0, by ``reg.exe`` in the guest before."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import RegistryValue
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.guest_account import account, guest_managers, guest_meaning
from bot.vsphere.guest_files import GuestPath
from bot.vsphere.guest_program import LONGEST_OUTPUT, Ended, Program, ProgramFailed, run_for_output
from bot.vsphere.properties import Found, moid
from bot.vsphere.reg_query import BadOutput, keys_in, values_of
from bot.vsphere.session import Link

SYSTEM = r"C:\Windows\System32"
_PLAIN_KEY = re.compile(r"HKEY_[A-Z_]+(?:\\[\w .-]+)+", re.ASCII)
_NOT_THERE = frozenset({2, 3})
"""Windows's numbers for a key, or one above it, that does not exist"""

Values = Mapping[str, RegistryValue]


def new_output_file() -> str:
    """Where ``reg.exe`` writes to; a question that is repeated uses the same file, so that none is left."""
    return rf"C:\Windows\Temp\vmdump-{secrets.token_hex(8)}.txt"


def plain(key: str) -> str:
    """Raises ``ValueError`` for a key that must not become part of a command line."""
    if not _PLAIN_KEY.fullmatch(key):
        raise ValueError(f"not a plain registry key: {key!r}")
    return key


def read_registry(link: Link, endpoint: VCenterEndpoint, output: GuestPath, key: str) -> Values | None:
    """Of a plain key; None if it is not there. ``output`` is the guest, and a file of it that may be written.

    Raises ``VmdumpError`` and pyVmomi's faults.
    """
    managers = guest_managers(link)
    try:
        if managers.get("guestWindowsRegistryManager") is not None:
            return _by_manager(link, managers, output, key)
        return _by_program(link, endpoint, output, key)
    except vmodl.MethodFault as fault:
        raise guest_meaning(output.machine, output.rule, key, fault, Code.GUEST_REGISTRY) from None


def registry_manager(stub: Any, managers: Found) -> Any:
    return vim.vm.guest.WindowsRegistryManager(moid(managers.get("guestWindowsRegistryManager")), stub)


def key_name(key: str) -> Any:
    return vim.vm.guest.WindowsRegistryManager.RegistryKeyName(registryPath=key, wowBitness="WOWNative")


def _by_manager(link: Link, managers: Found, output: GuestPath, key: str) -> Values | None:
    manager = registry_manager(link.stub, managers)
    vm = vim.VirtualMachine(output.machine.target.moid, link.stub)
    login = account(output.rule, output.machine)
    try:
        found = manager.ListRegistryValuesInGuest(vm, login, key_name(key), False, None)  # noqa: FBT003 - expandStrings
    except vim.fault.GuestRegistryKeyInvalid as fault:
        if fault.windowsSystemErrorCode in _NOT_THERE:
            return None
        raise
    values = {str(each.name.name): _value(each.data) for each in found or ()}
    return {name: value for name, value in values.items() if value is not None}


def _value(data: Any) -> RegistryValue | None:
    """None for a kind of which the API has no data."""
    kind = vim.vm.guest.WindowsRegistryManager
    match data:
        case kind.RegistryValueDword():
            # The API's number has a sign, the registry's has none.
            return RegistryValue(type="REG_DWORD", data=int(data.value) & 0xFFFFFFFF)
        case kind.RegistryValueQword():
            return RegistryValue(type="REG_QWORD", data=int(data.value) & 0xFFFFFFFFFFFFFFFF)
        case kind.RegistryValueMultiString():
            return RegistryValue(type="REG_MULTI_SZ", data="\n".join(data.value or ()))
        case kind.RegistryValueBinary():
            return RegistryValue(type="REG_BINARY", data=bytes(data.value or b"").hex().upper())
        case kind.RegistryValueExpandString():
            return RegistryValue(type="REG_EXPAND_SZ", data=str(data.value or ""))
        case kind.RegistryValueString():
            return RegistryValue(type="REG_SZ", data=str(data.value or ""))
        case _:
            return None


def _by_program(link: Link, endpoint: VCenterEndpoint, output: GuestPath, key: str) -> Values | None:
    try:
        ended = run_for_output(link, endpoint, output, _query(key, output))
        if ended.exit_code == 1 and _lacks(link, endpoint, output, key):
            return None
        return values_of(_printed(ended), key)
    except (ProgramFailed, BadOutput) as error:
        name = output.machine.target.name
        raise VmdumpError(Code.GUEST_REGISTRY, vm=name, path=key, cause=f"reg.exe: {error}") from None


def _lacks(link: Link, endpoint: VCenterEndpoint, output: GuestPath, key: str) -> bool:
    """Whether the key above is there and this one is not: why a query failed it says in its own language."""
    above = key.rpartition("\\")[0]
    ended = run_for_output(link, endpoint, output, _query(above, output))
    return ended.exit_code == 0 and key.lower() not in keys_in(_printed(ended), above)


def _query(key: str, output: GuestPath) -> Program:
    return Program(rf"{SYSTEM}\cmd.exe", rf'/c {SYSTEM}\reg.exe query "{key}" > "{output.path}" 2>&1')


def _printed(ended: Ended) -> bytes:
    if ended.exit_code != 0:
        raise BadOutput(f"it ended with {ended.exit_code}")
    if len(ended.output) > LONGEST_OUTPUT:
        raise BadOutput("its output is too long")
    return ended.output
