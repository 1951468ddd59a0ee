"""HTTPS servers on ports of their own."""

import asyncio
import socket
import ssl
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

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
    """An HTTPS server whose port stays its own while it is closed.

    It accepts connections by itself: neither asyncio's server nor aiohttp's knows those that still greet or
    already say goodbye, and they would outlive the loop.
    """

    def __init__(self, server: web.Server, reserved: socket.socket) -> None:
        self._handler = server
        self._reserved = reserved
        self._listener: socket.socket | None = None
        self._greeting: set[asyncio.Task[None]] = set()
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    @property
    def number(self) -> int:
        """The port."""
        return int(self._reserved.getsockname()[1])

    @property
    def greeting(self) -> int:
        """How many clients have connected and are not through TLS's handshake."""
        return len(self._greeting)

    async def open(self, context: ssl.SSLContext) -> None:
        """Listen, unless it listens already."""
        if self._listener is None:
            self._listener = listener_at(self._reserved)
            self._listener.settimeout(0)
            self._listener.listen(100)
            asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener, context)

    def close(self) -> None:
        """Stop listening. Connections that are open stay open."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def drop(self) -> None:
        """Break all connections."""
        for greeting in self._greeting:
            greeting.cancel()
        for transport in self._transports:
            transport.abort()

    async def end(self) -> None:
        """Close, break all connections, and wait until they are gone."""
        self.close()
        greeting = list(self._greeting)
        self.drop()
        # A task group would wrap what the caller's own block raises.
        await asyncio.gather(*greeting, return_exceptions=True)
        # What was broken is closed by the loop's next two rounds.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _accept(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        with suppress(BlockingIOError, ConnectionAbortedError):
            connection, _ = listener.accept()
            greeting = asyncio.get_running_loop().create_task(self._greet(connection, context))
            self._greeting.add(greeting)
            greeting.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        # Closing TLS politely waits for a client that may have forgotten its connection.
        with suppress(OSError):
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                self._handler, connection, ssl=context, ssl_shutdown_timeout=_GRACE
            )
            self._transports.add(transport)


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
            await runner.cleanup()
            await port.end()


@asynccontextmanager
async def serve_https(app: web.Application, address: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve the application for the length of the block; gives the port."""
    async with https_port(app, address) as port:
        await port.open(context)
        yield port.number
