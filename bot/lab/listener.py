"""An HTTPS server on a free port."""

import asyncio
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
    assert runner.server is not None  # noqa: S101  # setup makes it
    listener = socket.create_server((address, 0))
    # Closing TLS politely waits for a client that may have forgotten its connection.
    server = await asyncio.get_running_loop().create_server(
        runner.server, sock=listener, ssl=context, ssl_shutdown_timeout=_GRACE
    )
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()
        await runner.cleanup()
        await server.wait_closed()
