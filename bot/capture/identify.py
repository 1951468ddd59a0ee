"""Which world on the host is the target, and whether the target is still where it was."""

from __future__ import annotations

from bot.capture.tools import Tools, target_of
from bot.core.errors import Code, VmdumpError
from bot.core.events import WorldFound
from bot.core.request import Request
from bot.core.signs import Signs
from bot.core.target import Target
from bot.core.worlds import World, find_world
from bot.store.commit import Step


async def identify(tools: Tools, request: Request, worlds: tuple[World, ...]) -> World:
    """The one row of the host's list that is the target. Raises ``VmdumpError``."""
    target = target_of(request)
    world = find_world(target, worlds)
    event = WorldFound(
        host=target.host_name,
        world_id=world.world_id,
        cartel_id=world.cartel_id,
        uuid=world.uuid,
        config_file=world.config_file,
        rows=len(worlds),
    )
    await tools.committer.commit(request.id, f"world/{request.run}", lambda _: Step(events=(event,)))
    return world


async def unmoved(tools: Tools, target: Target) -> Signs:
    """A World ID does not follow a VM to another host or through a restart: read both again, last of all.

    Raises ``VmdumpError``.
    """
    vcenter = tools.vcenter(target)
    machine = await vcenter.machine(target.moid)
    if machine.target != target:
        raise VmdumpError(Code.MOVED, vm=target.name, before=target.host_name, now=machine.target.host_name)
    if machine.power != "poweredOn" or machine.question is not None:
        raise VmdumpError(Code.NOT_READY, vm=target.name, finding="power", seen=machine.power)
    return await vcenter.signs(target.moid)
