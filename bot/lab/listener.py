"""An HTTPS server on a free port."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

# Seconds that answers under way get at the end. Calls held at a gate have been dropped by then.
_GRACE = 0.5


@asynccontextmanager
async def serve_https(app: web.Application, address: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve the application for the length of the block; gives the port."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        listener = socket.create_server((address, 0))
        await web.SockSite(runner, listener, ssl_context=context).start()
        yield listener.getsockname()[1]
    finally:
        transports = [handler.transport for handler in runner.server.connections] if runner.server else []
        await runner.cleanup()
        # Closing TLS politely waits for a client that may have forgotten its connection.
        for transport in transports:
            if transport is not None:
                transport.abort()
