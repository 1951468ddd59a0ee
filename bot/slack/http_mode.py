"""Taking deliveries as HTTP requests, which Bolt verifies by signature and timestamp."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.core.errors import Code, VmdumpError

PATH = "/slack/events"
SHUTDOWN_SECONDS = 3
"""for deliveries that are being stored; Slack has given them up by then"""


@asynccontextmanager
async def http_mode(app: AsyncApp, host: str, port: int) -> AsyncIterator[int]:
    """Listens until the block ends; yields the port. Raises ``VmdumpError(CONFIG)`` (cause)."""

    async def deliver(request: web.Request) -> web.Response:
        try:
            bolt_request = await to_bolt_request(request)
        except (ValueError, TypeError, AttributeError, KeyError):
            # Bolt takes a body apart before it verifies it; what it stumbles over is not Slack's.
            return web.Response(status=400)
        return await to_aiohttp_response(await app.async_dispatch(bolt_request))

    server = web.Application()
    server.router.add_post(PATH, deliver)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
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
