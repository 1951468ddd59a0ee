"""What a failed call means. Raw SOAP never gets into an error: types and short messages do."""

from __future__ import annotations

import logging
import ssl
import traceback
from http.client import HTTPException

from pyVmomi import vim, vmodl

from bot.core.errors import Code, VmdumpError
from bot.vsphere.departure import CalledOff
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.soap import NotSent, NoVCenter
from bot.vsphere.tls import CertificateRefused

_log = logging.getLogger(__name__)
_LONGEST = 160

UNABLE = (vmodl.fault.MethodNotFound, vmodl.fault.NotSupported, vmodl.fault.NotImplemented)
"""faults of a server that has no such method, or does nothing in it"""
# A fault outside this list may come after the deed: vCenter lost the host half-way, a service started badly.
_NOTHING_DONE = (
    vim.fault.NotFound,
    vim.fault.InvalidState,
    vim.fault.MethodDisabled,
    vim.fault.RestrictedVersion,
    vim.fault.TaskInProgress,
    vmodl.fault.SecurityError,
    vmodl.fault.InvalidArgument,
    vmodl.fault.InvalidRequest,
    vmodl.fault.NotSupported,
    vmodl.fault.NotImplemented,
    vmodl.fault.ManagedObjectNotFound,
    vmodl.fault.HostNotConnected,
)


class InDoubt(Exception):
    """Nobody can tell how far an effect got; the message says why."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)
        self.msg = msg


def nothing_done(error: Exception) -> bool:
    """Whether a failed effect is known to have had none."""
    return isinstance(error, (VmdumpError, NotSent, CalledOff, *_NOTHING_DONE))


def meaning(endpoint: VCenterEndpoint, error: Exception) -> VmdumpError:
    """The error that a failed question, or an effect that had none, is told as."""
    match error:
        case VmdumpError():
            return error
        case NotSent():
            cause = error.__cause__
            return _of_network(endpoint, cause if isinstance(cause, Exception) else error)
        case CalledOff():
            return VmdumpError(Code.VCENTER_TIMEOUT, endpoint=endpoint.name)
        case vmodl.MethodFault():
            return _of_fault(endpoint, error)
        case OSError() | HTTPException() | NoVCenter():
            return _of_network(endpoint, error)
        case _:
            # The message stays out: it may quote what was being sent.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.warning("unexpected %s at %s\n%s", type(error).__name__, endpoint.name, where)
            return VmdumpError(Code.VCENTER_FAULT, endpoint=endpoint.name, fault=type(error).__name__)


def _of_fault(endpoint: VCenterEndpoint, error: Exception) -> VmdumpError:
    match error:
        case vim.fault.InvalidLogin() | vim.fault.NotAuthenticated():
            return VmdumpError(Code.VCENTER_LOGIN, endpoint=endpoint.name, username=endpoint.username)
        case vim.fault.NoPermission():
            privilege = str(error.privilegeId or "unknown")
            return VmdumpError(Code.VCENTER_PERMISSION, endpoint=endpoint.name, privilege=privilege)
        case vmodl.fault.ManagedObjectNotFound():
            gone = error.obj
            moid = "" if gone is None else str(gone._moId)  # noqa: SLF001 - pyVmomi has no other name for it
            if isinstance(gone, vim.VirtualMachine):
                return VmdumpError(Code.VM_GONE, endpoint=endpoint.name, moid=moid)
            fault = f"ManagedObjectNotFound: {moid}"
            return VmdumpError(Code.VCENTER_FAULT, endpoint=endpoint.name, fault=fault)
        case _:
            return VmdumpError(Code.VCENTER_FAULT, endpoint=endpoint.name, fault=fault_text(error))


def _of_network(endpoint: VCenterEndpoint, error: Exception) -> VmdumpError:
    match error:
        case CertificateRefused():
            return _certificate(endpoint, error.cause)
        case ssl.SSLCertVerificationError():
            return _certificate(endpoint, error.verify_message)
        case TimeoutError():
            return VmdumpError(Code.VCENTER_TIMEOUT, endpoint=endpoint.name)
        case ssl.SSLError():
            cause = error.reason or "TLS failed"
        case OSError():
            cause = error.strerror or type(error).__name__
        case _:
            # An HTTP status line, or what shows that this is no vCenter.
            cause = str(error) or type(error).__name__
    return VmdumpError(
        Code.VCENTER_UNREACHABLE, endpoint=endpoint.name, address=endpoint.address, cause=short(cause)
    )


def _certificate(endpoint: VCenterEndpoint, cause: str) -> VmdumpError:
    return VmdumpError(
        Code.VCENTER_CERTIFICATE, endpoint=endpoint.name, address=endpoint.address, cause=short(cause)
    )


def fault_name(error: Exception) -> str:
    """``HostConfigFault`` for vim.fault.HostConfigFault."""
    return type(error).__name__.rpartition(".")[2]


def fault_text(error: Exception) -> str:
    if isinstance(error, InDoubt):
        return short(error.msg)
    message = getattr(error, "msg", None)
    return f"{fault_name(error)}: {short(message)}" if message else fault_name(error)


def short(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST].strip()
