"""What a datastore's HTTPS may answer where ``vmware.log`` is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.surroundings import LogPart
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.log_part import read_log_part
from tests.unit.vsphere.collector import ROOT, Page, answering, retrieved

ENDPOINT = VCenterEndpoint(name="vc1", host="127.0.0.1", username="u", password=lambda: "p")
FOLDER = vim.Folder("group-v3", None)
CENTER = vim.Datacenter("datacenter-2", None)
ABOVE = vim.Folder("group-d4", None)
PLACES: dict[Any, dict[str, Any]] = {
    FOLDER: {"name": "vm", "parent": CENTER},
    CENTER: {"name": "DC & 1", "parent": ABOVE},
    ABOVE: {"name": "Europe%2fNorth", "parent": ROOT},
}
VMX = {"config.files.vmPathName": "[nfs 01] a folder/it's [me]/me.vmx"}


def page(status: int, body: bytes = b"", **headers: str) -> Page:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status,
            body=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    return answer


async def read(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
    after: int | None = None,
    vm: dict[str, Any] | None = None,
    places: dict[Any, dict[str, Any]] | None = None,
) -> LogPart:
    machine = vim.VirtualMachine("vm-1", None)
    around = PLACES if places is None else places
    told = retrieved({machine: {"parent": FOLDER, **(VMX if vm is None else vm)}, **around})
    async with answering({"RetrievePropertiesEx": told}, answer) as link:
        link.stub.cookie = 'vmware_soap_session="abc"; Path=/'
        return await asyncio.to_thread(read_log_part, link, ENDPOINT, "vm-1", after)


@pytest.mark.parametrize(
    ("vm", "path", "store"),
    [
        (VMX, "/folder/a folder/it's [me]/vmware.log", "nfs 01"),
        (VMX | {"config.files.logDirectory": "[logs] of/it/"}, "/folder/of/it/vmware.log", "logs"),
    ],
)
async def test_where_it_is_asked_for(vm: dict[str, Any], path: str, store: str) -> None:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return web.Response(body=b"line\n")

    assert await read(answer, vm=vm) == LogPart(size=5, text="")
    (request,) = asked
    assert request.path == path
    # Names go as vCenter keeps them.
    assert dict(request.query) == {"dcPath": "Europe%2fNorth/DC & 1", "dsName": store}
    assert request.headers["Cookie"] == 'vmware_soap_session="abc"'
    assert "Range" not in request.headers


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, Code.VCENTER_FAULT), (416, Code.VCENTER_FAULT), (500, Code.VCENTER_FAULT)],
)
async def test_no_log(status: int, code: Code) -> None:
    with pytest.raises(VmdumpError) as caught:
        await read(page(status))
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("status", "fault"), [(401, vim.fault.NotAuthenticated), (403, vim.fault.NoPermission)]
)
async def test_who_may_not(status: int, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        await read(page(status))


@pytest.mark.parametrize("headers", [{"Content_Range": "bytes 0-4/5"}, {"Content_Range": "bytes */5"}, {}])
async def test_another_part_than_was_asked_for_is_not_taken(headers: dict[str, str]) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "Range" in request.headers:
            return await page(206, b"line\n", **headers)(request)
        return web.Response(body=b"line\n")

    with pytest.raises(VmdumpError) as caught:
        await read(answer, after=2)
    assert "gives no parts" in str(caught.value.params["fault"])


async def test_a_server_that_knows_no_ranges() -> None:
    with pytest.raises(VmdumpError) as caught:
        await read(page(200, b"line\n"), after=2)
    assert "gives no parts" in str(caught.value.params["fault"])


async def test_a_length_that_is_not_said() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b"line\n")
        return response

    with pytest.raises(VmdumpError) as caught:
        await read(answer)
    assert "how long" in str(caught.value.params["fault"])


@pytest.mark.parametrize(("vm", "places"), [({}, PLACES), (VMX, {FOLDER: {"name": "vm"}})])
async def test_where_it_lies_is_not_told(vm: dict[str, Any], places: dict[Any, dict[str, Any]]) -> None:
    with pytest.raises(VmdumpError) as caught:
        await read(page(200), vm=vm, places=places)
    assert "does not say where" in str(caught.value.params["fault"])


async def test_text_that_is_no_utf8() -> None:
    assert (await read(page(200, b"\xff line\n"), after=0)).text == "\ufffd line\n"
