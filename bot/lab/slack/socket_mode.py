"""Socket Mode: deliveries over WebSockets that the app opens."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.lab.slack.deliveries import Delivery, NotDelivered
from bot.lab.slack.workspace import Workspace

PING_INTERVAL = 10.0
"""Seconds between the server's pings. A client that answers none of them is cut off."""

_TIMED_OUT = ("timeout", "operation_timeout")
_NO_CONNECTION = ("connection_failed", "dispatch_failed")


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    retiring: bool = False
    pending: set[str] = field(default_factory=set)


class SocketMode:
    """The server's side of Socket Mode. Each delivery goes to one of the live connections, in turn.

    An acknowledgement counts on any connection, since a client that was asked to reconnect answers on the
    new one.
    """

    def __init__(self, workspace: Workspace, *, ack_timeout: float) -> None:
        self._workspace = workspace
        self._ack_timeout = ack_timeout
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any] | None]] = {}

    @property
    def live(self) -> int:
        """How many connections can take a delivery."""
        return sum(not c.retiring for c in self._connections)

    def issue_ticket(self) -> str:
        """A ticket that opens one connection, once."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="ticket unknown or used")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=PING_INTERVAL)
        await socket.prepare(request)
        connection = _Connection(socket, request.transport)
        await socket.send_json(self._hello())
        self._connections.append(connection)
        self._workspace.feed.wake()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            self._forget(connection)
        return socket

    async def send(self, delivery: Delivery, *, reason: str, keep: float) -> dict[str, Any] | None:
        """Deliver once and wait for the acknowledgement. Raises NotDelivered."""
        connection = await self._choose(keep)
        envelope = self._envelope(delivery, reason)
        name = envelope["envelope_id"]
        answered: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answered
        connection.pending.add(name)
        try:
            async with asyncio.timeout(self._ack_timeout):
                await connection.socket.send_json(envelope)
                return await answered
        except (TimeoutError, ConnectionError):
            raise NotDelivered(*_TIMED_OUT) from None
        finally:
            connection.pending.discard(name)
            del self._waiting[name]

    async def refresh(self) -> None:
        """Ask every client to reconnect, as Slack does every few hours."""
        for connection in list(self._connections):
            connection.retiring = True
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_json(
                    {
                        "type": "disconnect",
                        "reason": "refresh_requested",
                        "debug_info": {"host": "applink-lab"},
                    }
                )

    def cut(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self._connections):
            self._forget(connection)
            if connection.transport is not None:
                connection.transport.abort()

    async def stop(self) -> None:
        """Close every connection properly."""
        for connection in list(self._connections):
            await connection.socket.close()

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": self.live + 1,
            "debug_info": {"host": "applink-lab", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._workspace.app_id},
        }

    async def _choose(self, keep: float) -> _Connection:
        if not self.live:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(keep):
                    await self._workspace.feed.until(lambda: self.live)
        chosen = next((c for c in self._connections if not c.retiring), None)
        if chosen is None:
            raise NotDelivered(*_NO_CONNECTION)
        self._connections.remove(chosen)
        self._connections.append(chosen)
        return chosen

    def _envelope(self, delivery: Delivery, reason: str) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind == "slash_commands"
            or delivery.payload["type"] == "view_submission",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempts - 1, "retry_reason": reason}
        return envelope

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        answered = self._waiting.get(str(frame.get("envelope_id")))
        if answered is not None and not answered.done():
            answered.set_result(frame.get("payload"))

    def _forget(self, connection: _Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        if not connection.retiring:
            for name in connection.pending:
                answered = self._waiting[name]
                if not answered.done():
                    answered.set_exception(ConnectionError("connection lost"))
        self._workspace.feed.wake()
