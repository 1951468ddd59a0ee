"""Commands as lines of JSON with an answer to each: what QEMU's monitor and its guest agent both speak."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from bot.lab.qemu.error import RealGuestError

# Bytes. The longest answer is a piece of a file in base64.
_LONGEST_LINE = 4 << 20


class Refused(RealGuestError):
    """The other side understood, and says why it will not."""


class Silent(RealGuestError):
    """No answer in time, or nobody to give one. Whether the command was carried out is unknown."""


class Wire:
    """One end. `listen` has to run while anybody asks; `on_event` is told the names of events."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.on_event: Callable[[str], None] = lambda _: None
        self._name = name
        self._reader = reader
        self._writer = writer
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    async def over(cls, end: socket.socket, name: str) -> "Wire":
        """A wire over a socket that is connected; `name` is the other side's."""
        return cls(name, *await asyncio.open_unix_connection(sock=end, limit=_LONGEST_LINE))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def listen(self) -> None:
        """Until the other side hangs up."""
        with suppress(ConnectionError):
            while line := await self._reader.readline():
                # An agent that starts may find half a line of the one before.
                with suppress(ValueError):
                    self._take(json.loads(line))

    async def ask(self, command: str, *, within: float = 10.0, **arguments: Any) -> Any:
        """What the command returns, `within` so many seconds. Raises Refused and Silent."""
        number = next(self._numbers)
        asked = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = {"execute": command, "arguments": arguments, "id": number}
        try:
            async with asyncio.timeout(within):
                self._writer.write(json.dumps(line).encode() + b"\n")
                await self._writer.drain()
                answer = await asked
        except (TimeoutError, ConnectionError) as error:
            raise Silent(f"{self._name} does not answer to {command} within {within:.0f} s") from error
        finally:
            del self._waiting[number]
        if "error" in answer:
            raise Refused(f"{self._name} refuses {command}: {answer['error'].get('desc')}")
        return answer["return"]

    def _take(self, said: dict[str, Any]) -> None:
        if "event" in said:
            self.on_event(said["event"])
        asked = self._waiting.get(said.get("id", 0))
        if asked is not None and not asked.done():
            asked.set_result(said)
