"""Fetching a guest's file from the host that the guest runs on."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.target import Machine
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import short
from bot.vsphere.fetch import fetch_start
from bot.vsphere.properties import ask
from bot.vsphere.session import Link
from bot.vsphere.tls import CertificateRefused, Connect, PinnedConnection, fingerprint, pinned_context

_SECURE_PORT = 443


def transfer_start(
    link: Link, endpoint: VCenterEndpoint, machine: Machine, url: str, length: int
) -> tuple[int, bytes]:
    """HTTP status and the first bytes behind a transfer's URL, which works once and is a secret.

    ``*`` for a host stands for the server that was called. Any other host is an ESXi host, whose certificate
    has to be the one that vCenter has for it. Raises ``GUEST_CERTIFICATE``, ``OSError``, ``HTTPException``.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise _refused(machine, "its URL is not HTTPS")
    connect = (
        link.connect
        if parts.hostname == "*"
        else _to_host(link, endpoint, machine, parts.hostname, parts.port or _SECURE_PORT)
    )
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        return fetch_start(connect(), path, {}, most=length, seconds=endpoint.call_seconds)
    except CertificateRefused as e:
        raise _refused(machine, e.cause) from None
    except ssl.SSLCertVerificationError as e:
        raise _refused(machine, e.verify_message) from None


def _to_host(link: Link, endpoint: VCenterEndpoint, machine: Machine, address: str, port: int) -> Connect:
    pin = _certificate_of(link, machine)
    context = pinned_context(legacy=endpoint.legacy_tls)
    return lambda: PinnedConnection(
        address, port, sha256=pin, timeout=endpoint.socket_seconds, context=context
    )


def _certificate_of(link: Link, machine: Machine) -> str:
    """SHA-256 of the host's certificate as vCenter has it."""
    host = vim.HostSystem(machine.target.host_moid, link.stub)
    found = ask(link, host, {vim.HostSystem: ("config.certificate",)})
    told = found[0].get("config.certificate") if found else None
    if not told:
        raise _refused(machine, "vCenter tells no certificate for the host")
    pem = bytes(byte & 0xFF for byte in told)
    try:
        return fingerprint(ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip()))
    except ValueError:
        raise _refused(machine, "vCenter's certificate for the host is not PEM") from None


def _refused(machine: Machine, cause: str) -> VmdumpError:
    target = machine.target
    return VmdumpError(Code.GUEST_CERTIFICATE, vm=target.name, host=target.host_name, cause=short(cause))
