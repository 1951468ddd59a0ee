"""HTTPS servers on ports of their own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

# Seconds that answers under way get at the end. Calls held at a gate have been dropped by then.
_GRACE = 0.5


def reserve(address: str) -> socket.socket:
    """A socket that keeps a free port but does not listen: connecting to it is refused."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind((address, 0))
    return reserved


def listener_at(reserved: socket.socket) -> socket.socket:
    """A socket for listening on a port that is reserved."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(reserved.getsockname())
    return listener


class HttpsPort:
    """An HTTPS server whose port stays its own while it is closed."""

    def __init__(self, server: web.Server, reserved: socket.socket) -> None:
        self._handler = server
        self._reserved = reserved
        self._server: asyncio.Server | None = None

    @property
    def number(self) -> int:
        """The port."""
        return int(self._reserved.getsockname()[1])

    async def open(self, context: ssl.SSLContext) -> None:
        """Listen, unless it listens already."""
        if self._server is None:
            # Closing TLS politely waits for a client that may have forgotten its connection.
            self._server = await asyncio.get_running_loop().create_server(
                self._handler,
                sock=listener_at(self._reserved),
                ssl=context,
                ssl_shutdown_timeout=_GRACE,
            )

    def close(self) -> None:
        """Stop listening. Connections that are open stay open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def transports(self) -> list[asyncio.Transport]:
        """Of all open connections."""
        return [c.transport for c in self._handler.connections if c.transport is not None]

    def drop(self) -> None:
        """Break all open connections."""
        for transport in self.transports():
            transport.abort()


@asynccontextmanager
async def https_port(app: web.Application, address: str) -> AsyncIterator[HttpsPort]:
    """A port, closed at first, for the length of the block."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_GRACE)
    await runner.setup()
    assert runner.server is not None  # noqa: S101  # setup makes it
    with reserve(address) as reserved:
        port = HttpsPort(runner.server, reserved)
        try:
            yield port
        finally:
            port.close()
            open_still = port.transports()
            await runner.cleanup()
            # Those that say goodbye to a client that is gone would outlive the loop.
            for transport in open_still:
                transport.abort()
            await asyncio.sleep(0)


@asynccontextmanager
async def serve_https(app: web.Application, address: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve the application for the length of the block; gives the port."""
    async with https_port(app, address) as port:
        await port.open(context)
        yield port.number
