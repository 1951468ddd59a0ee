"""The account that guest operations use, their managers, and what their faults mean."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.core.target import Machine
from bot.vsphere.endpoint import GuestRule
from bot.vsphere.faults import fault_text
from bot.vsphere.properties import Found, ask, moid
from bot.vsphere.session import Link

UNABLE_GUEST = (
    vim.fault.GuestComponentsOutOfDate,
    vim.fault.OperationNotSupportedByGuest,
    vim.fault.OperationDisabledByGuest,
)
"""faults of a guest that does not do such a thing at all"""
_DOWN = (
    *UNABLE_GUEST,
    vim.fault.GuestOperationsUnavailable,
    vim.fault.InvalidState,
    vim.fault.TaskInProgress,
    vmodl.fault.HostCommunication,
)
REFUSED = (
    vim.fault.InvalidGuestLogin,
    vim.fault.GuestPermissionDenied,
    vim.fault.GuestAuthenticationChallenge,
)
"""faults of a guest that does not let the account in"""


def account(rule: GuestRule | None, machine: Machine) -> Any:
    """Asks for the password now. Raises ``NO_GUEST_CREDENTIALS``."""
    if rule is None:
        raise VmdumpError(Code.NO_GUEST_CREDENTIALS, vm=machine.target.name)
    return vim.vm.guest.NamePasswordAuthentication(
        username=rule.username, password=rule.password(machine), interactiveSession=False
    )


def guest_managers(link: Link) -> Found:
    """``fileManager``, ``processManager``, and since API 6.0 ``guestWindowsRegistryManager``."""
    kind = vim.vm.guest.GuestOperationsManager
    wanted = {kind: ("fileManager", "processManager", "guestWindowsRegistryManager")}
    (found,) = ask(link, kind(moid(link.content.guestOperationsManager), link.stub), wanted)
    return found


def guest_meaning(
    machine: Machine, rule: GuestRule | None, path: str, fault: Exception, code: Code = Code.GUEST_FILE
) -> Exception:
    """The guest's own faults as errors, those about what was asked for with ``code``; others as they are."""
    vm = machine.target.name
    match fault:
        case vim.fault.NotAuthenticated():
            return fault
        case _ if isinstance(fault, REFUSED):
            username = "" if rule is None else rule.username
            return VmdumpError(Code.GUEST_LOGIN, vm=vm, username=username)
        case _ if isinstance(fault, _DOWN):
            return VmdumpError(Code.GUEST_UNAVAILABLE, vm=vm, cause=fault_text(fault))
        case vim.fault.FileFault() | vim.fault.GuestOperationsFault():
            return VmdumpError(code, vm=vm, path=path, cause=fault_text(fault))
        case _:
            return fault
