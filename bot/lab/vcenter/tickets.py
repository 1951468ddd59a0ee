"""Tickets for requests at a host's own HTTPS port."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from pyVmomi import vim, vmodl

from bot.lab.host import Host
from bot.lab.tickets import Ticket
from bot.lab.tls import thumbprints
from bot.lab.vcenter.call import Call


async def acquire_generic_service_ticket(call: Call) -> Any:
    """SessionManager.AcquireGenericServiceTicket for one `httpGet` at one of the hosts.

    The host is found by the name in the URL, or by its address and port. Raises InvalidArgument where there
    is none such; what a real vCenter answers then is unknown.
    """
    spec = call.args["spec"]
    if not isinstance(spec, vim.SessionManager.HttpServiceRequestSpec) or spec.method != "httpGet":
        raise _invalid()
    url = urlsplit(spec.url)
    host = next((host for host in call.world.hosts if _is_at(host, url)), None)
    if host is None or url.scheme != "https":
        raise _invalid()
    ticket = Ticket(call.user, host, f"GET {url.path}?{url.query}")
    sha1, sha256 = thumbprints(host.certificate)
    return vim.SessionManager.GenericServiceTicket(
        id=call.world.tickets.issue(ticket),
        hostName=host.name,
        sslThumbprint=sha1,
        certThumbprintList=[vim.vm.CertThumbprint(thumbprint=sha256, hashAlgorithm="sha256")],
        ticketType="HttpServiceTicket",
    )


def _is_at(host: Host, url: SplitResult) -> bool:
    return url.hostname == host.name or (url.hostname, url.port) == (host.address, host.https_port)


def _invalid() -> Any:
    return vmodl.fault.InvalidArgument(
        invalidProperty="spec", msg="A specified parameter was not correct: spec"
    )
