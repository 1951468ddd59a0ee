"""Which world on the host is the target, and whether the target is still where it was."""

from __future__ import annotations

from bot.capture.tools import Tools, leg_of, plan_of, target_of
from bot.core.errors import Code, VmdumpError
from bot.core.events import WorldCrossChecked, WorldFound
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
    checked = await _cross_checked(tools, target, world)
    step = Step(events=(event, checked))
    await tools.committer.commit(request.id, f"world/{request.run}", lambda _: step)
    return world


async def _cross_checked(tools: Tools, target: Target, world: World) -> WorldCrossChecked:
    """What vCenter says of the same host, without SSH. Raises ``VmdumpError`` if it is another World.

    Few accounts may ask it, and no version promises the call [unknown]: its silence stops nothing.
    """
    try:
        found = find_world(target, await tools.vcenter(target).worlds(target.host_moid))
    except VmdumpError as error:
        if error.code in {Code.WORLD_NOT_FOUND, Code.WORLD_AMBIGUOUS}:
            raise _contradicted(target, world, "no such World") from error
        return WorldCrossChecked(world_id=None, cause=error.code.value)
    if found.world_id != world.world_id:
        raise _contradicted(target, world, str(found.world_id))
    return WorldCrossChecked(world_id=found.world_id)


def _contradicted(target: Target, world: World, other: str) -> VmdumpError:
    return VmdumpError(
        Code.WORLD_CONTRADICTED, vm=target.name, host=target.host_name, world=world.world_id, other=other
    )


async def unmoved(tools: Tools, request: Request) -> Signs:
    """How the guest is, once it is read again that it still is the approved one, last of all.

    A World ID does not follow a VM to another host or through a restart; its managed object id does.
    Raises ``VmdumpError``.
    """
    planned = plan_of(request).machine
    target = planned.target
    vcenter = tools.vcenter(target)
    machine = await vcenter.machine(target.moid)
    stays = machine.target == target if leg_of(request).route.needs_host else True
    if machine.identity != planned.identity or not stays:
        raise VmdumpError(Code.MOVED, vm=target.name, before=target.host_name, now=machine.target.host_name)
    if machine.migrating:
        raise VmdumpError(Code.MIGRATING, vm=target.name, host=machine.target.host_name)
    if machine.power != "poweredOn" or machine.question is not None:
        raise VmdumpError(Code.NOT_READY, vm=target.name, finding="power", seen=machine.power)
    return await vcenter.signs(target.moid)
