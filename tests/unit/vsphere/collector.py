"""A property collector over HTTP that says what a test makes it say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from pyVmomi import VmomiSupport, vim, vmodl

from bot.lab.vcenter.request import read_request
from bot.lab.vcenter.response import answer, fault
from bot.vsphere.session import Link
from bot.vsphere.soap import ReadingStub

VERSION = "vim.version.version9"
_Pc = vmodl.query.PropertyCollector
ROOT = vim.Folder("group-d1", None)
FILTER = _Pc.Filter("filter-1", None)
PERF = vim.PerformanceManager("PerfMgr", None)
Answers = Mapping[str, Callable[[dict[str, Any]], Any]]
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answers: Answers, page: Page | None = None) -> AsyncIterator[Link]:
    """``answers`` by the call's name on the wire; what is not there is a MethodNotFound. ``page`` is what
    ``GET`` gives, whatever the path.
    """

    async def soap(request: web.Request) -> web.Response:
        asked = read_request(await request.read(), VERSION)
        try:
            if asked.method not in answers:
                raise vmodl.fault.MethodNotFound(receiver=asked.this, method=asked.method)
            result = answers[asked.method](asked.args)
        except vmodl.MethodFault as error:
            return web.Response(body=fault(error, VERSION), status=500, content_type="text/xml")
        flags = asked.info.resultFlags | VmomiSupport.F_OPTIONAL
        body = answer(asked.method, result, VERSION, asked.info.result, flags)
        return web.Response(body=body, content_type="text/xml")

    app = web.Application()
    app.router.add_post("/sdk", soap)
    if page is not None:
        app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    def connect() -> HTTPConnection:
        return HTTPConnection("127.0.0.1", port, timeout=5)

    content = SimpleNamespace(
        rootFolder=ROOT, propertyCollector=_Pc("propertyCollector", None), perfManager=PERF
    )
    stub = ReadingStub(connect, VERSION)
    try:
        yield Link(connect, stub, content)
    finally:
        stub.retire()
        await runner.cleanup()


def retrieved(objects: Mapping[Any, Mapping[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    """An answer of RetrievePropertiesEx: property paths and values by object."""
    contents = [
        _Pc.ObjectContent(
            obj=ref, propSet=[vmodl.DynamicProperty(name=name, val=value) for name, value in values.items()]
        )
        for ref, values in objects.items()
    ]
    return lambda _: _Pc.RetrieveResult(objects=contents)


def update_set(version: str, *updates: Any, truncated: bool = False) -> Any:
    told = _Pc.FilterUpdate(filter=FILTER, objectSet=list(updates))
    return _Pc.UpdateSet(version=version, filterSet=[told], truncated=truncated)


def update(kind: str, ref: Any, **values: Any) -> Any:
    """Property paths with ``__`` for the dot; None is a property that is unset."""
    changes = [
        _Pc.Change(name=path.replace("__", "."), op="remove" if value is None else "assign", val=value)
        for path, value in values.items()
    ]
    return _Pc.ObjectUpdate(obj=ref, kind=kind, changeSet=changes)
