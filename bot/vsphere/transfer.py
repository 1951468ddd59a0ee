"""Fetching a guest's file from the host that the guest runs on."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from bot.core.errors import Code, VmdumpError
from bot.core.target import Machine
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import short
from bot.vsphere.fetch import fetch_start
from bot.vsphere.host_https import certificate_of, to_host
from bot.vsphere.session import Link
from bot.vsphere.tls import CertificateRefused, Connect

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
    pin = certificate_of(link, machine.target.host_moid)
    if pin is None:
        raise _refused(machine, "vCenter tells no usable certificate for the host")
    return to_host(endpoint, address, port, pin)


def _refused(machine: Machine, cause: str) -> VmdumpError:
    target = machine.target
    return VmdumpError(Code.GUEST_CERTIFICATE, vm=target.name, host=target.host_name, cause=short(cause))
