"""Puts worlds on the network."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.lab.esxi.sshd import ssh_of
from bot.lab.esxi.transfers import Transfers
from bot.lab.esxi.web import https_of
from bot.lab.vcenter.web import vcenter_of
from bot.lab.world import World


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[None]:
    """The hosts' and the vCenter's ports, for the length of the block."""
    transfers = Transfers()
    async with AsyncExitStack() as stack:
        for host in world.hosts:
            await stack.enter_async_context(ssh_of(world, host))
            await stack.enter_async_context(https_of(world, host, transfers))
        await stack.enter_async_context(vcenter_of(world, transfers))
        stack.callback(world.gates.abandon)
        yield


@asynccontextmanager
async def serving(*worlds: World) -> AsyncIterator[tuple[World, ...]]:
    """Several worlds side by side, each with its own ports and authority. ValueError: two share a folder."""
    if len({world.folder.resolve() for world in worlds}) < len(worlds):
        raise ValueError("each world needs a folder of its own")
    async with AsyncExitStack() as stack:
        for world in worlds:
            await stack.enter_async_context(world.serve())
        yield worlds
