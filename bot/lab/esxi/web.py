"""A host's own HTTPS port: guest files, and support bundles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.lab.esxi.transfers import Transfers
from bot.lab.esxi.vm_support import vm_support
from bot.lab.host import Host
from bot.lab.listener import serve_https
from bot.lab.tls import self_signed
from bot.lab.world import World


@asynccontextmanager
async def https_of(world: World, host: Host, transfers: Transfers) -> AsyncIterator[None]:
    """The host's HTTPS port with its own certificate; fills `host.https_port` and `host.certificate`."""
    identity = self_signed(host.name, address=host.address)
    app = web.Application()
    app.router.add_get("/guestFile", transfers.serve)
    app.router.add_get("/cgi-bin/vm-support.cgi", vm_support(world, host))
    async with serve_https(app, host.address, identity.server_context(world.folder / "tls")) as port:
        host.https_port = port
        host.certificate = identity.pem
        yield
