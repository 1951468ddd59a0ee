"""A server that answers each call of the Web API as one test wants it, where the lab's Slack never would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answering = Callable[[str, dict[str, str]], Awaitable[dict[str, Any]]]
"""From the method and its arguments to the answer."""


class SmallSlack:
    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._news = asyncio.Condition()
        self.calls = 0
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[SmallSlack]:
        app = web.Application()
        app.router.add_post("/api/{method}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
            yield self
        finally:
            await runner.cleanup()

    async def called(self, calls: int) -> None:
        """Waits until it was called that often; the answers may still be on their way."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: self.calls >= calls)

    async def _handle(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        async with self._news:
            self.calls += 1
            self._news.notify_all()
        return web.json_response(await self._answering(request.match_info["method"], form))
