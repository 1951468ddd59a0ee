"""What is altered inside a guest: how it stands, and how it is made and put back.

Every value is read back after it was written: a guest's protection may take a write and undo it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.change import Stand, Standing
from bot.core.errors import Code, VmdumpError
from bot.core.guest_change import GuestChange, GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.vsphere.faults import InDoubt, fault_text
from bot.vsphere.guest_account import REFUSED, UNABLE_GUEST, guest_managers, guest_meaning
from bot.vsphere.guest_files import GuestPath
from bot.vsphere.guest_program import Program, ProgramFailed, exit_code, start
from bot.vsphere.guest_registry_change import registry_stand, registry_writer
from bot.vsphere.guest_settings import sysctl_script, sysctl_stand, text_script, text_stand
from bot.vsphere.guest_shell import shell_program
from bot.vsphere.guest_unit import unit_script, unit_stand
from bot.vsphere.guests import Guests
from bot.vsphere.session import Deed, Link

Finish = Callable[[Link], str]
"""waits for the end of what was sent; says what was wrong, or nothing"""
Send = Callable[[Any], Finish]


def guest_stand(link: Link, guests: Guests, change: GuestChange) -> Stand:
    """Raises ``VmdumpError``, pyVmomi's faults."""
    match change:
        case RegistryChange():
            return registry_stand(link, guests, change)
        case SysctlChange():
            return sysctl_stand(link, guests, change)
        case GuestTextChange():
            return text_stand(link, guests, change)
        case GuestUnitChange():
            return unit_stand(link, guests, change)


def guest_deed(link: Link, guests: Guests, change: GuestChange, *, back: bool) -> Deed[None]:
    """The one call. Raises as ``guest_stand`` does, ``GUEST_CHANGE``, and ``InDoubt`` when it is done."""
    guest = guests.path(link, change.vm_moid, "")
    try:
        send = _sender(link, guests, guest, change, back=back)
    except ValueError as error:
        raise _not_changed(change, str(error)) from None

    def deed(stub: Any, link: Link) -> None:
        try:
            finish = send(stub)
        except vmodl.MethodFault as fault:
            raise _meaning(guest, change, fault) from None
        cause = _finished(finish, link)
        stand = _read_back(link, guests, change)
        if stand.standing is (Standing.BEFORE if back else Standing.OURS):
            return
        if stand.standing is (Standing.OURS if back else Standing.BEFORE):
            raise _not_changed(change, cause or f"it still reads {stand.seen}")
        raise InDoubt(f"it reads {stand.seen}")

    return deed


def _sender(link: Link, guests: Guests, guest: GuestPath, change: GuestChange, *, back: bool) -> Send:
    if isinstance(change, RegistryChange):
        writer = registry_writer(link, guest, change, back=back)
        return _running(link, guests, guest, writer) if isinstance(writer, Program) else _calling(writer)
    script: str
    match change:
        case SysctlChange():
            script = sysctl_script(change.name, change.former if back else change.ours)
        case GuestTextChange():
            script = text_script(change.path, change.former if back else change.ours)
        case GuestUnitChange():
            script = unit_script(change, back=back)
    return _running(link, guests, guest, shell_program(script, "/dev/null"))


def _calling(call: Callable[[Any], None]) -> Send:
    def send(stub: Any) -> Finish:
        call(stub)
        return lambda _: ""

    return send


def _running(link: Link, guests: Guests, guest: GuestPath, program: Program) -> Send:
    """Nothing is kept of what it prints: a file for it could stay in the guest if an answer were lost."""
    managers = guest_managers(link)

    def send(stub: Any) -> Finish:
        pid = start(stub, managers, guest, program)

        def finish(link: Link) -> str:
            code = exit_code(link, guests.endpoint, managers, guest, pid)
            return f"{program.path} ended with {code}" if code else ""

        return finish

    return send


def _finished(finish: Finish, link: Link) -> str:
    try:
        return finish(link)
    except ProgramFailed as error:
        raise InDoubt(str(error)) from None
    except Exception as error:  # noqa: BLE001 - it was started: no failed question may look like its refusal
        raise InDoubt(f"how it went cannot be read: {fault_text(error)}") from None


def _read_back(link: Link, guests: Guests, change: GuestChange) -> Stand:
    try:
        return guest_stand(link, guests, change)
    except Exception as error:  # noqa: BLE001 - the same
        raise InDoubt(f"it cannot be read back: {fault_text(error)}") from None


def _meaning(guest: GuestPath, change: GuestChange, fault: Exception) -> Exception:
    """Faults that prove that nothing was done as errors; others as they are, and so in doubt."""
    if isinstance(fault, (*REFUSED, *UNABLE_GUEST)):
        return guest_meaning(guest.machine, guest.rule, change.label, fault)
    if isinstance(
        fault,
        (vim.fault.FileNotFound, vim.fault.GuestRegistryKeyInvalid, vim.fault.GuestRegistryValueNotFound),
    ):
        return _not_changed(change, fault_text(fault))
    return fault


def _not_changed(change: GuestChange, cause: str) -> VmdumpError:
    return VmdumpError(Code.GUEST_CHANGE, vm=change.vm_name, thing=change.label, cause=cause)
