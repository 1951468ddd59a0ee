"""esxcli over SOAP, word by word: pyVmomi's registry does not have it. govmomi reads it in its own test."""

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.lab.article import article_world
from bot.lab.center import Esxcli
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in

NS = "{urn:vim25}"
LIST = (
    "<moid>ha-cli-handler-vm-process</moid><version>urn:vim25/5.0</version>"
    "<method>vim.EsxCLI.vm.process.list</method>"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=2000).serve() as world:
        yield world


def post(world: World, cookie: str, method: str, this: tuple[str, str], arguments: str) -> tuple[int, str]:
    """The status and the body of an answer."""
    context = ssl.create_default_context(cafile=str(world.vcenter.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", world.vcenter.port, context=context, timeout=10)
    envelope = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f'<{method} xmlns="urn:vim25"><_this type="{this[0]}">{this[1]}</_this>{arguments}</{method}>'
        "</soapenv:Body></soapenv:Envelope>"
    )
    try:
        headers = {"Cookie": cookie, "SOAPAction": '"urn:vim25/5.5"'}
        connection.request("POST", "/sdk", envelope, headers)
        with connection.getresponse() as response:
            return response.status, response.read().decode()
    finally:
        connection.close()


def execute(world: World, arguments: str = LIST) -> tuple[int, ET.Element]:
    with logged_in(world.vcenter) as instance:
        cookie = instance._stub.cookie
        status, text = post(world, cookie, "RetrieveManagedMethodExecuter", ("HostSystem", "host-9"), "")
        returned = ET.fromstring(text).find(f".//{NS}returnval")  # noqa: S314 - the lab's own words
        if returned is None:
            return status, ET.fromstring(text)  # noqa: S314 - the lab's own words
        this = (returned.attrib["type"], returned.text or "")
        assert this[0] == "ReflectManagedMethodExecuter"
        status, text = post(world, cookie, "ExecuteSoap", this, arguments)
        return status, ET.fromstring(text)  # noqa: S314 - the lab's own words


async def test_the_list_is_the_hosts(world: World) -> None:
    world.vm("vm-103").name = "web <01> & 02"
    status, answer = await asyncio.to_thread(execute, world)
    assert status == 200
    document = ET.fromstring(answer.findtext(f".//{NS}response") or "")  # noqa: S314 - the lab's own words
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}type"
    assert document.attrib[xsi] == "ArrayOfDataObject"
    assert {each.attrib[xsi] for each in document} == {"VimEsxCLIvmprocesslistVirtualMachine"}
    found = [{field.tag.removeprefix(NS): field.text for field in each} for each in document]
    assert found[0] == {
        "ConfigFile": "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx",
        "DisplayName": "DumpTest",
        "ProcessID": "0",
        "UUID": "42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c",
        "VMXCartelID": "3199731",
        "WorldID": "3199732",
    }
    assert [each["DisplayName"] for each in found] == [vm.name for vm in world.vms if vm.powered_on]


async def test_another_command_fails_in_its_answer(world: World) -> None:
    status, answer = await asyncio.to_thread(execute, world, LIST.replace("process.list", "process.kill"))
    assert status == 200
    assert "vim.EsxCLI.vm.process.kill" in (answer.findtext(f".//{NS}faultMsg") or "")
    assert answer.find(f".//{NS}response") is None


@pytest.mark.parametrize(
    ("switch", "fault"), [("no-method", "MethodNotFoundFault"), ("no-permission", "NoPermissionFault")]
)
async def test_vcenters_that_do_not_let_it_through(world: World, switch: Esxcli, fault: str) -> None:
    world.vcenter.esxcli = switch
    status, answer = await asyncio.to_thread(execute, world)
    assert status == 500
    assert answer.find(f".//{NS}{fault}") is not None


async def test_it_needs_a_session(world: World) -> None:
    status, text = await asyncio.to_thread(
        post, world, "", "RetrieveManagedMethodExecuter", ("HostSystem", "host-9"), ""
    )
    assert status == 500
    assert "NotAuthenticatedFault" in text
