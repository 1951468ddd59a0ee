"""What counts as a console's picture, against a real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from types import SimpleNamespace

import pytest
from aiohttp import web
from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.vsphere.console import read_screenshot
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.session import Link

PNG = b"\x89PNG\r\n\x1a\n"
ENDPOINT = VCenterEndpoint(name="vc1", host="127.0.0.1", username="u", password=lambda: "p")


@asynccontextmanager
async def answering(status: int, body: bytes, asked: list[web.Request]) -> AsyncIterator[Link]:
    async def screen(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_get("/screen", screen)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield Link(
            connect=lambda: HTTPConnection("127.0.0.1", port, timeout=5),
            stub=SimpleNamespace(cookie='vmware_soap_session="abc"; Path=/; HttpOnly'),
            content=None,
        )
    finally:
        await runner.cleanup()


async def test_a_picture() -> None:
    asked: list[web.Request] = []
    async with answering(200, PNG + b"x" * 200_000, asked) as link:
        data = await asyncio.to_thread(read_screenshot, link, ENDPOINT, "vm-1&a=b")
    assert len(data) == 200_008
    assert asked[0].query["id"] == "vm-1&a=b"
    assert asked[0].headers["Cookie"] == 'vmware_soap_session="abc"'


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>", Code.VCENTER_FAULT),
        (200, b"", Code.VCENTER_FAULT),
        (200, PNG + bytes(8 << 20), Code.VCENTER_FAULT),
        (500, PNG, Code.VCENTER_FAULT),
        (404, b"", Code.VM_GONE),
    ],
)
async def test_no_picture(status: int, body: bytes, code: Code) -> None:
    async with answering(status, body, []) as link:
        with pytest.raises(VmdumpError) as caught:
            await asyncio.to_thread(read_screenshot, link, ENDPOINT, "vm-1")
    assert caught.value.code is code


async def test_a_lost_session() -> None:
    async with answering(401, b"", []) as link:
        with pytest.raises(vim.fault.NotAuthenticated):
            await asyncio.to_thread(read_screenshot, link, ENDPOINT, "vm-1")
