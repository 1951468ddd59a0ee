"""Taking deliveries as HTTP requests, which Bolt verifies by signature and timestamp."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.core.errors import Code, VmdumpError

PATH = "/slack/events"
SHUTDOWN_SECONDS = 3
"""for deliveries that are being stored; Slack has given them up by then"""
CONNECTION_SECONDS = 10
"""from its beginning to the end of its one request; Slack gives up after three"""
CONNECTIONS = 200
"""at a time; whoever comes then is turned away, since hosts and vCenter need sockets too"""

_TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)


@asynccontextmanager
async def http_mode(app: AsyncApp, host: str, port: int) -> AsyncIterator[int]:
    """Listens until the block ends; yields the port. Raises ``VmdumpError(CONFIG)`` (cause)."""

    async def take(request: web.BaseRequest) -> web.Response:
        response = await _deliver(app, request)
        # A proxy must not send the next delivery into a connection whose time is up.
        response.force_close()
        return response

    server = _Bounded(take, access_log=None, auto_decompress=False, lingering_time=1)
    runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            cause = f"slack: cannot listen on {host}:{port}: {error.strerror}"
            raise VmdumpError(Code.CONFIG, cause=cause) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


class _Bounded(web.Server):
    """Neither many clients nor slow ones keep sockets and memory for long."""

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            asyncio.get_running_loop().call_later(CONNECTION_SECONDS, transport.abort)


async def _deliver(app: AsyncApp, request: web.BaseRequest) -> web.Response:
    """Nothing but path, method, body and Slack's own headers counts: proxies may add what they like."""
    if request.path != PATH:
        return web.Response(status=404)
    if request.method != "POST":
        return web.Response(status=405, headers={"Allow": "POST"})
    if not _TIMESTAMP.fullmatch(request.headers.get("X-Slack-Request-Timestamp", "0")):
        # Bolt's verifier breaks over what is no number.
        return web.Response(status=401)
    try:
        # aiohttp reads one MiB at most; Slack's largest payloads are a tenth of that.
        body = (await request.read()).decode()
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    except (UnicodeDecodeError, ConnectionError, web.RequestPayloadError):
        # The last two: the client is gone, or its time was up.
        return web.Response(status=400)
    try:
        delivery = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        # Bolt takes a body apart before it verifies it; what it stumbles over is not Slack's.
        return web.Response(status=400)
    return await to_aiohttp_response(await app.async_dispatch(delivery))
