"""Running a program in a guest. Guest operations give an exit code only, so its output goes into a file."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import fault_text
from bot.vsphere.guest_account import account, guest_managers
from bot.vsphere.guest_files import GuestPath, delete_guest_file, read_guest_file_start
from bot.vsphere.privileges import RUN_IN_GUEST, missing
from bot.vsphere.properties import Found, moid
from bot.vsphere.session import Link

LONGEST_OUTPUT = 256 << 10
"""bytes of a program's output that are read"""
_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_log = logging.getLogger(__name__)


class ProgramFailed(Exception):
    """It did not end, or what it printed cannot be had; the message says why."""


@dataclass(frozen=True)
class Program:
    path: str
    arguments: str
    """one line, as the guest's system takes it"""


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: bytes
    """at most ``LONGEST_OUTPUT`` bytes and one more, which tells that there was more"""


def run_for_output(link: Link, endpoint: VCenterEndpoint, output: GuestPath, program: Program) -> Ended:
    """Runs a program that writes into ``output``, which is removed again. It must only read otherwise.

    Raises ``ProgramFailed``, ``VmdumpError``, and pyVmomi's faults.
    """
    managers = guest_managers(link)
    _may_run(link, endpoint, output)
    try:
        pid = start(link.stub, managers, output, program)
        code = exit_code(link, endpoint, managers, output, pid)
        return Ended(code, read_guest_file_start(link, endpoint, output, LONGEST_OUTPUT + 1))
    finally:
        remove(link, output)


def start(stub: Any, managers: Found, guest: GuestPath, program: Program) -> int:
    """Its process id. Raises ``VmdumpError`` and pyVmomi's faults."""
    spec = vim.vm.guest.ProcessManager.ProgramSpec(programPath=program.path, arguments=program.arguments)
    vm = vim.VirtualMachine(guest.machine.target.moid, stub)
    login = account(guest.rule, guest.machine)
    return int(_processes(stub, managers).StartProgramInGuest(vm, login, spec))


def exit_code(link: Link, endpoint: VCenterEndpoint, managers: Found, guest: GuestPath, pid: int) -> int:
    """Waits for the end of a program. Raises ``ProgramFailed`` and as ``start`` does."""
    vm = vim.VirtualMachine(guest.machine.target.moid, link.stub)
    login = account(guest.rule, guest.machine)
    processes = _processes(link.stub, managers)
    code = _awaited(lambda: processes.ListProcessesInGuest(vm, login, [pid]), endpoint.call_seconds / 2)
    if code is None:
        raise ProgramFailed("it does not end, or the guest went down")
    return code


def remove(link: Link, output: GuestPath) -> None:
    """Never raises: a file that stays is told in the log."""
    try:
        delete_guest_file(link, output)
    except vim.fault.FileNotFound:
        return
    except (VmdumpError, vmodl.MethodFault, OSError, HTTPException) as error:
        vm = output.machine.target.name
        _log.warning("%s is left in the guest %s: %s", output.path, vm, fault_text(error))


def _may_run(link: Link, endpoint: VCenterEndpoint, guest: GuestPath) -> None:
    """Nothing is run whose file could not be removed."""
    lacking = missing(link, vim.VirtualMachine(guest.machine.target.moid, link.stub), RUN_IN_GUEST)
    if lacking != ():
        privilege = (lacking or RUN_IN_GUEST)[0]
        raise VmdumpError(Code.VCENTER_PERMISSION, endpoint=endpoint.name, privilege=privilege)


def _processes(stub: Any, managers: Found) -> Any:
    return vim.vm.guest.ProcessManager(moid(managers.get("processManager")), stub)


def _awaited(look: Callable[[], Any], seconds: float) -> int | None:
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
