"""The registry of a Windows guest: by its own manager since API 6.0, by ``reg.exe`` in the guest before."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import fault_text
from bot.vsphere.guest_account import account, guest_managers, guest_meaning
from bot.vsphere.guest_files import GuestPath, delete_guest_file, read_guest_file_start
from bot.vsphere.privileges import RUN_IN_GUEST, missing
from bot.vsphere.properties import Found, moid
from bot.vsphere.reg_query import BadOutput, values_of
from bot.vsphere.session import Link
from bot.vsphere.soap import NAMESPACE, known_in

_log = logging.getLogger(__name__)
_PLAIN_KEY = re.compile(r"HKEY_[A-Z_]+(?:\\[\w .-]+)*", re.ASCII)
_SYSTEM = r"C:\Windows\System32"
_LONGEST = 256 << 10
_PAUSE = 0.1
_LONGEST_PAUSE = 1.0

Values = Mapping[str, str | int]


def new_output_file() -> str:
    """Where ``reg.exe`` writes to; a question that is repeated uses the same file, so that none is left."""
    return rf"C:\Windows\Temp\vmdump-{secrets.token_hex(8)}.txt"


def plain(key: str) -> str:
    """Raises ``ValueError`` for a key that must not become part of a command line."""
    if not _PLAIN_KEY.fullmatch(key):
        raise ValueError(f"not a plain registry key: {key!r}")
    return key


def read_registry(link: Link, endpoint: VCenterEndpoint, output: GuestPath, key: str) -> Values:
    """Of a plain key. ``output`` is the guest, and a file of it that may be written.

    Raises ``VmdumpError`` and pyVmomi's faults.
    """
    managers = guest_managers(link)
    try:
        if managers.get("guestWindowsRegistryManager") is not None:
            return _by_manager(link, managers, output, key)
        return _by_program(link, endpoint, managers, output, key)
    except vmodl.MethodFault as fault:
        raise guest_meaning(output.machine, output.rule, key, fault, Code.GUEST_REGISTRY) from None


def reads_registry(link: Link) -> bool:
    """Whether its API does, so that no program has to."""
    return known_in(link.version, VmomiSupport.GetWsdlMethod(NAMESPACE, "ListRegistryValuesInGuest").info)


def _by_manager(link: Link, managers: Found, output: GuestPath, key: str) -> Values:
    kind = vim.vm.guest.WindowsRegistryManager
    manager: Any = kind(moid(managers.get("guestWindowsRegistryManager")), link.stub)
    vm = vim.VirtualMachine(output.machine.target.moid, link.stub)
    name = kind.RegistryKeyName(registryPath=key, wowBitness="WOWNative")
    found = manager.ListRegistryValuesInGuest(vm, account(output.rule, output.machine), name, False, None)  # noqa: FBT003 - expandStrings
    return {str(each.name.name): _plain(each.data) for each in found or ()}


def _plain(data: Any) -> str | int:
    kind = vim.vm.guest.WindowsRegistryManager
    match data:
        case kind.RegistryValueDword():
            # The API's number has a sign, the registry's has none.
            return int(data.value) & 0xFFFFFFFF
        case kind.RegistryValueQword():
            return int(data.value) & 0xFFFFFFFFFFFFFFFF
        case kind.RegistryValueMultiString():
            return "\n".join(data.value or ())
        case kind.RegistryValueBinary():
            return bytes(data.value or b"").hex().upper()
        case _:
            return str(data.value or "")


def _by_program(
    link: Link, endpoint: VCenterEndpoint, managers: Found, output: GuestPath, key: str
) -> Values:
    vm = vim.VirtualMachine(output.machine.target.moid, link.stub)
    lacking = missing(link, vm, RUN_IN_GUEST)
    if lacking != ():
        # Nothing is run whose file could not be removed.
        privilege = (lacking or RUN_IN_GUEST)[0]
        raise VmdumpError(Code.VCENTER_PERMISSION, endpoint=endpoint.name, privilege=privilege)
    processes: Any = vim.vm.guest.ProcessManager(moid(managers.get("processManager")), link.stub)
    login = account(output.rule, output.machine)
    spec = vim.vm.guest.ProcessManager.ProgramSpec(
        programPath=rf"{_SYSTEM}\cmd.exe",
        arguments=rf'/c {_SYSTEM}\reg.exe query "{key}" > "{output.path}" 2>&1',
    )
    pid = processes.StartProgramInGuest(vm, login, spec)
    try:
        code = _exit_code(lambda: processes.ListProcessesInGuest(vm, login, [pid]), endpoint.call_seconds / 2)
        return values_of(_printed(link, endpoint, output, code), key)
    except BadOutput as error:
        name = output.machine.target.name
        raise VmdumpError(Code.GUEST_REGISTRY, vm=name, path=key, cause=f"reg.exe: {error}") from None
    finally:
        _remove(link, output)


def _printed(link: Link, endpoint: VCenterEndpoint, output: GuestPath, code: int | None) -> bytes:
    if code is None:
        raise BadOutput("it does not end, or the guest went down")
    if code != 0:
        raise BadOutput(f"it ended with {code}")
    text = read_guest_file_start(link, endpoint, output, _LONGEST + 1)
    if len(text) > _LONGEST:
        raise BadOutput("its output is too long")
    return text


def _exit_code(look: Callable[[], Any], seconds: float) -> int | None:
    """None if the program has not ended by then, or is not known any more."""
    end = time.monotonic() + seconds
    pause = _PAUSE
    while time.monotonic() < end:
        found = look()
        if not found:
            return None
        if found[0].endTime is not None and found[0].exitCode is not None:
            return int(found[0].exitCode)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return None


def _remove(link: Link, output: GuestPath) -> None:
    try:
        delete_guest_file(link, output)
    except vim.fault.FileNotFound:
        return
    except (VmdumpError, vmodl.MethodFault, OSError, HTTPException) as error:
        vm = output.machine.target.name
        _log.warning("%s is left in the guest %s: %s", output.path, vm, fault_text(error))
