"""``esxcli vm process list`` through vCenter, without SSH.

The calls are in no published API; pyVmomi has no types for them, so they are spelt here. Which privileges
they ask for is not documented [unknown], and a vCenter may refuse them.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.worlds import World
from bot.vsphere.session import Link

_LONGEST = 4 << 20
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<{method} xmlns="urn:vim25"><_this type="{type}">{this}</_this>{arguments}</{method}>'
    "</soapenv:Body></soapenv:Envelope>"
)
_HANDLER = "ha-cli-handler-vm-process"
_METHOD = "vim.EsxCLI.vm.process.list"
_FIELDS = ("WorldID", "VMXCartelID", "UUID", "DisplayName", "ConfigFile")


def read_worlds(link: Link, host_moid: str) -> tuple[World, ...]:
    """Raises ``VmdumpError(PROCESS_LIST)`` where the server or the account cannot, NotAuthenticated."""
    executer = _call(link, "RetrieveManagedMethodExecuter", "HostSystem", host_moid, "", host_moid).findtext(
        ".//{*}returnval"
    )
    if not executer:
        raise _refused(host_moid, "it names no method executer")
    arguments = f"<moid>{_HANDLER}</moid><version>urn:vim25/5.0</version><method>{_METHOD}</method>"
    answer = _call(link, "ExecuteSoap", "ReflectManagedMethodExecuter", executer, arguments, host_moid)
    fault = answer.findtext(".//{*}returnval/{*}fault/{*}faultMsg")
    listed = answer.findtext(".//{*}returnval/{*}response")
    if fault is not None or listed is None:
        raise _refused(host_moid, fault or "it answers nothing")
    return tuple(_world(row, host_moid) for row in _parsed(listed.encode(), host_moid))


def _world(row: ET.Element, host_moid: str) -> World:
    values = {name: row.findtext(f"{{*}}{name}") for name in _FIELDS}
    try:
        return World(
            world_id=int(values["WorldID"] or ""),
            cartel_id=int(values["VMXCartelID"] or ""),
            uuid=values["UUID"] or "",
            display_name=values["DisplayName"] or "",
            config_file=values["ConfigFile"] or "",
        )
    except ValueError:
        raise _refused(host_moid, "a row of it has no World ID") from None


def _call(
    link: Link,
    method: str,
    kind: str,
    this: str,
    arguments: str,
    host_moid: str,
) -> ET.Element:
    body = _ENVELOPE.format(method=method, type=kind, this=escape(this), arguments=arguments)
    headers = {
        "Content-Type": "text/xml; charset=UTF-8",
        "SOAPAction": '"urn:vim25/5.0"',
        "Cookie": link.cookie,
    }
    connection = link.connect()
    try:
        connection.request("POST", "/sdk", body=body.encode(), headers=headers)
        response = connection.getresponse()
        page = response.read(_LONGEST)
    finally:
        connection.close()
    answer = _parsed(page, host_moid)
    if answer.find(".//{*}NotAuthenticatedFault") is not None:
        raise vim.fault.NotAuthenticated
    fault = answer.findtext(".//faultstring")
    if response.status != 200 or fault is not None:
        raise _refused(host_moid, fault or f"HTTP {response.status}")
    return answer


def _parsed(page: bytes, host_moid: str) -> ET.Element:
    if b"<!DOCTYPE" in page:
        raise _refused(host_moid, "it declares a document type")
    try:
        return ET.fromstring(page)  # noqa: S314 - entities need a document type
    except ET.ParseError:
        raise _refused(host_moid, "it is not XML") from None


def _refused(host_moid: str, cause: str) -> VmdumpError:
    return VmdumpError(Code.PROCESS_LIST, host=host_moid, cause=f"vCenter: {cause[:120]}")
