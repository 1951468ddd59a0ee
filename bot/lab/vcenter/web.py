"""The vCenter's HTTPS port."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pyVmomi import VmomiSupport, vmodl

from bot.lab.console import draw, scene_of
from bot.lab.esxi.transfers import Transfers
from bot.lab.gates import Dropped
from bot.lab.listener import https_port
from bot.lab.vcenter import methods, privileges, request, response, versions
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.datastore_files import serve_file
from bot.lab.vcenter.front import Front
from bot.lab.vcenter.rest import Rest
from bot.lab.vcenter.sessions import Session, Sessions
from bot.lab.vcenter.site import Site
from bot.lab.vm import Vm
from bot.lab.world import LOG, World

_log = logging.getLogger(__name__)
_XML = "text/xml"


@asynccontextmanager
async def vcenter_of(world: World, transfers: Transfers) -> AsyncIterator[None]:
    """The vCenter, for the length of the block; fills its `port`, `ca_file` and `fingerprint`."""
    center = world.vcenter
    server = _Server(world, transfers)
    app = web.Application()
    app.router.add_get("/sdk/vimServiceVersions.xml", server.versions)
    app.router.add_post("/sdk", server.soap)
    app.router.add_get("/screen", server.screen)
    app.router.add_get("/folder/{path:.+}", server.folder)
    app.router.add_routes(Rest(world).routes())
    async with https_port(app, center.host) as port:
        center.front = front = Front(center, port, world.folder)
        await front.open()
        try:
            yield
        finally:
            center.front = None
            server.end_sessions()


class _Server:
    def __init__(self, world: World, transfers: Transfers) -> None:
        self._world = world
        self._transfers = transfers
        self._site = Site(world)
        self._sessions = Sessions(world.vcenter)

    def end_sessions(self) -> None:
        """Let everybody who waits for something go."""
        self._sessions.end_all()
        self._world.touch(LOG)

    async def versions(self, _request: web.Request) -> web.Response:
        text = versions.description(self._world.vcenter.api_version)
        return web.Response(text=text, content_type=_XML)

    async def screen(self, http: web.Request) -> web.Response:
        """The console's picture, for whoever holds a session."""
        self._world.called("screen")
        if await self._enter(http) is None:
            raise web.HTTPUnauthorized
        vm = self._site.vms.get(http.query.get("id", ""))
        if vm is None or not vm.powered_on:
            raise web.HTTPNotFound
        if not self._world.vcenter.grants(privileges.CONSOLE):
            raise web.HTTPForbidden
        picture = await _picture(vm)
        return web.Response(body=picture, content_type="image/png")

    async def folder(self, http: web.Request) -> web.Response:
        """A file on a datastore, for whoever holds a session."""
        self._world.called("folder")
        if await self._enter(http) is None:
            raise web.HTTPUnauthorized
        return serve_file(self._world, http)

    async def _enter(self, http: web.Request) -> Session | None:
        """The caller's session, if any, as soon and as far as the vCenter answers at all."""
        center = self._world.vcenter
        await asyncio.sleep(center.answers_after)
        session = self._sessions.of_cookie(http.headers.get("Cookie", ""))
        if not center.available or (session is None and self._sessions.full):
            raise web.HTTPServiceUnavailable
        return session

    async def soap(self, http: web.Request) -> web.Response:
        session = await self._enter(http)
        version = versions.asked(http.headers.get("SOAPAction", ""), self._world.vcenter.api_version)
        try:
            call, written = await self._answer(http, version, session)
        except Dropped:
            if http.transport is not None:
                http.transport.abort()
            return web.Response(status=500)
        except vmodl.MethodFault as fault:
            return _xml(response.fault(fault, version), 500)
        answer = _xml(written, 200)
        if call.method == "Login" and call.session is not None:
            answer.headers["Set-Cookie"] = self._sessions.cookie(call.session)
        return answer

    async def _answer(self, http: web.Request, version: str, session: Session | None) -> tuple[Call, bytes]:
        asked = _read(await http.read(), version)
        call = Call(
            world=self._world,
            site=self._site,
            sessions=self._sessions,
            transfers=self._transfers,
            version=version,
            method=asked.method,
            info=asked.info,
            this=asked.this,
            args=asked.args,
            session=session,
        )
        try:
            result = await methods.run(call)
            declared, flags = _declared(asked)
            if asked.info is None:
                declared, result = result
            return call, response.answer(call.method, result, version, declared, flags)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            # A gap in the lab shall look like a server's fault to the client, and be found in the log.
            _log.exception("the lab cannot answer %s", call.method)
            reason = f"A general system error: {error}"
            raise vmodl.fault.SystemError(reason=str(error), msg=reason) from error


async def _picture(vm: Vm) -> bytes:
    if vm.machine is not None:
        return await vm.machine.screen()
    return await asyncio.to_thread(draw, scene_of(vm, datetime.now(UTC)))


def _read(body: bytes, version: str) -> request.Request:
    try:
        return request.read_request(body, version)
    except request.MalformedRequest as error:
        raise vmodl.fault.InvalidRequest(msg=str(error)) from error


def _declared(asked: request.Request) -> tuple[Any, int]:
    if asked.info is None:
        return None, VmomiSupport.F_OPTIONAL
    return asked.info.result, asked.info.resultFlags | VmomiSupport.F_OPTIONAL


def _xml(body: bytes, status: int) -> web.Response:
    return web.Response(body=body, status=status, content_type=_XML, charset="utf-8")
