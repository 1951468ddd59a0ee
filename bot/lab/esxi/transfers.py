"""Guest files, fetched from a host's own HTTPS port by a URL that works once."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.lab.guest_file import GuestFile
from bot.lab.host import Host

_VALID_FOR = timedelta(minutes=10)
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Content:
    """What is transferred: its size in bytes, and how it is read from its beginning."""

    size: int
    read: Callable[[], AsyncGenerator[bytes]]


class Transfers:
    """The URLs given out by a world's hosts and not used yet, by their token."""

    def __init__(self) -> None:
        self._offers: dict[str, tuple[Content, datetime]] = {}

    def offer(self, host: Host, content: Content) -> str:
        """A URL for one GET within ten minutes. It is the host's address, as in life, not vCenter's."""
        token = secrets.token_hex(16)
        self._offers[token] = (content, datetime.now(UTC) + _VALID_FOR)
        return f"https://{host.address}:{host.https_port}/guestFile?id={len(self._offers)}&token={token}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /guestFile`. The first answer uses the URL up, whether or not it is read to its end."""
        content, expires = self._offers.pop(request.query.get("token", ""), (None, datetime.now(UTC)))
        if content is None or datetime.now(UTC) > expires:
            raise web.HTTPNotFound
        return await _stream(request, content)


async def of_file(file: GuestFile) -> AsyncGenerator[bytes]:
    """A file of a simulated guest, from its beginning to its end."""
    with file.open() as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk


async def _stream(request: web.Request, content: Content) -> web.StreamResponse:
    """The whole of it; no ranges, which the API does not promise. Most clients go away after its header."""
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    response.content_length = content.size
    await response.prepare(request)
    async with aclosing(content.read()) as chunks:
        with suppress(ConnectionError):
            async for chunk in chunks:
                await response.write(chunk)
    return response
