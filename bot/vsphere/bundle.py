"""The host's support-bundle manifest that sends an NMI: a page of the host, opened by a ticket of vCenter's.

VMware calls it experimental. The NMI comes somewhere during the run [unknown when], and nothing in the
bundle's stream tells whether it was sent.
"""

from __future__ import annotations

import time
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.target import Machine
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import short
from bot.vsphere.fetch import fetch_start
from bot.vsphere.host_https import certificate_of, to_host
from bot.vsphere.privileges import DIAGNOSTICS, missing
from bot.vsphere.session import Link
from bot.vsphere.tls import CertificateRefused, Connect

MANIFEST = "HungVM:Send_NMI_To_Guest"
_PAGE = "/cgi-bin/vm-support.cgi"
_LIST = f"{_PAGE}?listmanifests=1"
_LONGEST_LIST = 1 << 20
_BLOCK = 64 << 10


def bundle_hindrance(link: Link, endpoint: VCenterEndpoint, machine: Machine) -> VmdumpError | None:
    """What speaks against it beforehand: a privilege, or a host that does not offer the manifest."""
    target = machine.target
    lacking = missing(link, vim.HostSystem(target.host_moid, link.stub), (DIAGNOSTICS,))
    if lacking:
        return VmdumpError(Code.ROUTE_PRIVILEGE, route="bundle", vcenter=target.vcenter, privilege=lacking[0])
    opening = Opening(link, endpoint, machine, _LIST)
    try:
        status, page = fetch_start(
            opening.connect(),
            _LIST,
            opening.headers,
            most=_LONGEST_LIST,
            seconds=endpoint.call_seconds,
        )
    except (OSError, HTTPException) as error:
        # The ticket is used up, and the host is not vCenter: asking again begins with a new one.
        return opening.meaning(error)
    if status != 200 or MANIFEST not in manifests(page):
        return VmdumpError(Code.NO_MANIFEST, host=target.host_name, manifest=MANIFEST)
    return None


def manifests(page: bytes) -> frozenset[str]:
    """Ids of the manifests that a host lists; none for what is no such list."""
    if b"<!DOCTYPE" in page:
        return frozenset()
    try:
        root = ET.fromstring(page)  # noqa: S314 - entities need a document type
    except ET.ParseError:
        return frozenset()
    return frozenset(element.get("id", "") for group in root for element in group)


class Opening:
    """A page of the host with its ticket, which works once and for that page alone."""

    def __init__(self, link: Link, endpoint: VCenterEndpoint, machine: Machine, page: str) -> None:
        target = machine.target
        self._machine = machine
        address, port = endpoint.host_address(target.host_name)
        self._address = f"{address}:{port}"
        pin = certificate_of(link, target.host_moid)
        if pin is None:
            raise self.refused("vCenter tells no usable certificate for the host")
        spec = vim.SessionManager.HttpServiceRequestSpec(
            method="httpGet", url=f"https://{target.host_name}{page}"
        )
        ticket: Any = link.content.sessionManager.AcquireGenericServiceTicket(spec)
        self.headers = {"Cookie": f"vmware_cgi_ticket={ticket.id}"}
        self.connect: Connect = to_host(endpoint, address, port, pin)

    def meaning(self, error: Exception) -> VmdumpError:
        """Why the host could not be asked."""
        host = self._machine.target.host_name
        match error:
            case CertificateRefused():
                return self.refused(error.cause)
            case TimeoutError():
                cause = "time-out"
            case OSError():
                cause = error.strerror or type(error).__name__
            case _:
                cause = type(error).__name__
        return VmdumpError(Code.HOST_HTTPS, host=host, address=self._address, cause=short(cause))

    def refused(self, cause: str) -> VmdumpError:
        return VmdumpError(Code.HOST_CERTIFICATE, host=self._machine.target.host_name, cause=short(cause))


def page_for(machine: Machine) -> str:
    """Which form of the vmx path the host accepts is not documented [unknown]; the shell's is."""
    vmx = quote(machine.target.vmx_path, safe="/")
    return f"{_PAGE}?manifests={quote(MANIFEST, safe='')}&vm={vmx}"


def drain(response: HTTPResponse, seconds: float) -> None:
    """Reads the bundle to its end and keeps nothing: a host whose reader hangs up may break the run off."""
    end = time.monotonic() + seconds
    while response.read1(_BLOCK) and time.monotonic() < end:
        pass
