"""Connections that are checked before anything is said on them."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection

from bot.vsphere.endpoint import VCenterEndpoint

_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's option; Python names it from 3.12 on"""


class CertificateRefused(ssl.SSLError):
    """The server showed another certificate than the pinned one; ``cause`` says so."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class PinnedConnection(HTTPSConnection):
    """Compares the certificate right after the handshake, whenever it connects."""

    def __init__(
        self, host: str, port: int, *, sha256: str | None, timeout: float, context: ssl.SSLContext
    ) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._sha256 = sha256

    def connect(self) -> None:
        super().connect()
        if self._sha256 is None:
            return
        sock = self.sock
        shown = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
        seen = fingerprint(shown or b"")
        if seen != self._sha256:
            self.close()
            raise CertificateRefused(f"its SHA-256 is {seen}, pinned is {self._sha256}")


Connect = Callable[[], HTTPConnection]


def connector(endpoint: VCenterEndpoint) -> Connect:
    """Makes unconnected connections to a vCenter. Raises ``OSError`` for an unreadable CA file."""
    context = _context(endpoint)
    pin = None if endpoint.pinned_sha256 is None else plain_hex(endpoint.pinned_sha256)
    sha256 = None if endpoint.insecure else pin
    return lambda: PinnedConnection(
        endpoint.host, endpoint.port, sha256=sha256, timeout=endpoint.socket_seconds, context=context
    )


def pinned_context(*, legacy: bool) -> ssl.SSLContext:
    """For connections whose certificate is compared by ``PinnedConnection`` instead of by authorities."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _with_age(context, legacy=legacy)


def _context(endpoint: VCenterEndpoint) -> ssl.SSLContext:
    if endpoint.insecure or endpoint.pinned_sha256 is not None:
        return pinned_context(legacy=endpoint.legacy_tls)
    context = ssl.create_default_context(cafile=None if endpoint.ca_file is None else str(endpoint.ca_file))
    return _with_age(context, legacy=endpoint.legacy_tls)


def _with_age(context: ssl.SSLContext, *, legacy: bool) -> ssl.SSLContext:
    if legacy:
        # Down to TLS 1.0: Python's own defaults keep SSL 3 off.
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.options |= _LEGACY_SERVER_CONNECT
        # From 3.13 on Python checks by RFC 5280 to the letter; old vCenters' own certificates do not pass.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def plain_hex(text: str) -> str:
    """A fingerprint as people write it, without colons and in lower case."""
    return "".join(c for c in text.lower() if c in "0123456789abcdef")
