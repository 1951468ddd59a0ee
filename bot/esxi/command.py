"""Running one fixed command line, with an exact account of how far it got."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import asyncssh


class NotStarted(Exception):
    """The host got no command: its channel never opened."""


@dataclass(frozen=True)
class Ran:
    """What came back after the command had gone out."""

    output: bytes
    """standard output and error, as they arrived"""
    exit_status: int | None
    """None if none arrived: a signal, a lost connection or a time-out"""
    whole: bool
    """False if the output passed the limit, or the command did not end"""


class _Listener(asyncssh.SSHClientSession[bytes]):
    def __init__(self, limit: int) -> None:
        self.opened = False
        self.ended = asyncio.Event()
        self.output = bytearray()
        self.overflow = False
        self.exit_status: int | None = None
        self._limit = limit

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:  # noqa: ARG002 - asyncssh's signature
        # asyncssh calls this between the channel's opening and the sending of the command, without a break.
        self.opened = True

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002 - asyncssh's signature
        room = self._limit - len(self.output)
        self.overflow = self.overflow or len(data) > room
        self.output += data[: max(room, 0)]

    def exit_status_received(self, status: int) -> None:
        self.exit_status = status

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.exit_status = None
        self.ended.set()


async def run(
    connection: asyncssh.SSHClientConnection, command: str, *, seconds: float, limit: int = 8 << 20
) -> Ran:
    """Raises ``NotStarted`` if it is certain that the command never went out; nothing else."""
    listener = _Listener(limit)
    channel: asyncssh.SSHClientChannel[bytes] | None = None
    try:
        async with asyncio.timeout(seconds):
            channel, _ = await connection.create_session(lambda: listener, command, encoding=None)
            channel.write_eof()
            await listener.ended.wait()
    except (TimeoutError, OSError, asyncssh.Error) as e:
        if not listener.opened:
            reason = "time-out" if isinstance(e, TimeoutError) else type(e).__name__
            raise NotStarted(reason) from None
        return Ran(bytes(listener.output), None, whole=False)
    finally:
        if channel is not None:
            channel.abort()
    whole = listener.exit_status is not None and not listener.overflow
    return Ran(bytes(listener.output), listener.exit_status, whole=whole)
