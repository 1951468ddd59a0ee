"""HTTPS to an ESXi host, which is trusted by the certificate that vCenter has for it."""

from __future__ import annotations

import ssl

from pyVmomi import vim

from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.properties import ask
from bot.vsphere.session import Link
from bot.vsphere.tls import Connect, PinnedConnection, fingerprint, pinned_context


def to_host(endpoint: VCenterEndpoint, address: str, port: int, sha256: str) -> Connect:
    """Makes unconnected connections, which raise ``CertificateRefused`` for any other certificate."""
    context = pinned_context(legacy=endpoint.legacy_tls)
    return lambda: PinnedConnection(
        address, port, sha256=sha256, timeout=endpoint.socket_seconds, context=context
    )


def certificate_of(link: Link, host_moid: str) -> str | None:
    """SHA-256 of the host's certificate as vCenter has it; None if it tells none that can be read."""
    found = ask(link, vim.HostSystem(host_moid, link.stub), {vim.HostSystem: ("config.certificate",)})
    told = found[0].get("config.certificate") if found else None
    if not told:
        return None
    pem = bytes(byte & 0xFF for byte in told)
    try:
        return fingerprint(ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip()))
    except ValueError:
        return None
