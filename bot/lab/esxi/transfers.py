"""Guest files, fetched from a host's own HTTPS port by a URL that works once."""

import asyncio
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.lab.guest_file import GuestFile
from bot.lab.host import Host

_VALID_FOR = timedelta(minutes=10)
_CHUNK = 256 * 1024


class Transfers:
    """The URLs given out by a world's hosts and not used yet, by their token."""

    def __init__(self) -> None:
        self._offers: dict[str, tuple[GuestFile, datetime]] = {}

    def offer(self, host: Host, file: GuestFile) -> str:
        """A URL for one GET within ten minutes. It is the host's address, as in life, not vCenter's."""
        token = secrets.token_hex(16)
        self._offers[token] = (file, datetime.now(UTC) + _VALID_FOR)
        return f"https://{host.address}:{host.https_port}/guestFile?id={len(self._offers)}&token={token}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /guestFile`. The first answer uses the URL up, whether or not it is read to its end."""
        file, expires = self._offers.pop(request.query.get("token", ""), (None, datetime.now(UTC)))
        if file is None or datetime.now(UTC) > expires:
            raise web.HTTPNotFound
        return await _stream(request, file)


async def _stream(request: web.Request, file: GuestFile) -> web.StreamResponse:
    """The whole file; no ranges, which the API does not promise. Most clients go away after its header."""
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    response.content_length = file.size
    await response.prepare(request)
    with file.open() as source, suppress(ConnectionError):
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            await response.write(chunk)
    return response
