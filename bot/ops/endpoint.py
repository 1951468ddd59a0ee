"""Where the bot says whether it is well: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.core.errors import Code, VmdumpError
from bot.ops.metrics import Metrics
from bot.ops.probe import Probe

SILENT_SECONDS = 30.0
"""without a look of the dispatcher: it looks every second, and waits for nothing but the database"""
PAGE_SECONDS = 9.0
"""Prometheus waits for ten; a count that was cut short goes on at the next reading"""

log = logging.getLogger(__name__)


class Health:
    """``looked_at`` gives the event loop's time at which the dispatcher last looked."""

    def __init__(self, looked_at: Callable[[], float | None], probes: Mapping[str, Probe]) -> None:
        self._looked_at = looked_at
        self._probes = dict(probes)
        self._since = asyncio.get_running_loop().time()

    def alive(self) -> tuple[bool, float]:
        """And the seconds since the dispatcher looked."""
        silent = asyncio.get_running_loop().time() - (self._looked_at() or self._since)
        return silent < SILENT_SECONDS, silent

    async def faults(self) -> dict[str, str | None]:
        """What is wrong with each thing that the bot needs, or None."""
        found = await asyncio.gather(*(probe.fault() for probe in self._probes.values()))
        return dict(zip(self._probes, found, strict=True))

    async def close(self) -> None:
        for probe in self._probes.values():
            await probe.close()


@asynccontextmanager
async def watched(host: str, port: int, health: Health, metrics: Metrics) -> AsyncIterator[int]:
    """Answers until the block ends; yields the port. Raises ``VmdumpError(CONFIG)`` (cause)."""

    async def healthz(_: web.Request) -> web.Response:
        alive, silent = health.alive()
        return web.json_response(
            {"alive": alive, "dispatcher_looked_seconds_ago": round(silent, 1)}, status=200 if alive else 503
        )

    async def readyz(_: web.Request) -> web.Response:
        faults = await health.faults()
        ready = not any(faults.values())
        checks = {name: fault or "ok" for name, fault in faults.items()}
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    async def numbers(_: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                page = await metrics.page()
        except Exception:
            log.exception("the metrics cannot be read")
            return web.Response(status=503)
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    server = web.Application()
    server.router.add_get("/healthz", healthz)
    server.router.add_get("/readyz", readyz)
    server.router.add_get("/metrics", numbers)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            cause = f"ops: cannot listen on {host}:{port}: {error.strerror}"
            raise VmdumpError(Code.CONFIG, cause=cause) from error
        port = int(runner.addresses[0][1])
        log.info("health and metrics on port %s", port)
        yield port
    finally:
        await runner.cleanup()
        await health.close()
