"""Making a plan out of fresh readings."""

from __future__ import annotations

from bot.capture.guards import guards_of
from bot.capture.guest_dump import newest_dump
from bot.capture.routing import legs_of
from bot.capture.tools import Tools
from bot.core.errors import Code, VmdumpError
from bot.core.known_key import KnownKey
from bot.core.plan import Plan, estimate_down_seconds
from bot.core.purpose import Purpose
from bot.core.readiness import assess
from bot.core.route import Leg, PassedOver, Route
from bot.core.signs import GuestFile
from bot.core.target import Machine


async def plan_for(
    tools: Tools,
    vcenter_name: str,
    moid: str,
    purpose: Purpose = Purpose.CAPTURE,
    wish: Route | None = None,
    granted: tuple[Route, ...] = tuple(Route),
) -> tuple[Plan, GuestFile | None]:
    """Reads VM, host, cluster and guest now; also gives the dump file that is there already, if it is known.

    ``wish`` is a route that the requester named, ``granted`` are those that the rules let them take. Raises
    ``VmdumpError``; changes nothing.
    """
    vcenter = tools.vcenter_named(vcenter_name)
    machine = await vcenter.machine(moid)
    host = await vcenter.host(machine.target.host_moid)
    legs, passed_over = await legs_of(tools, machine, host, wish, granted)
    keys = await _keys(tools, host.name, legs)
    vain = tuple(leg for leg in legs if _in_vain(leg, keys, purpose))
    if len(vain) < len(legs):
        # Where it is the only route, the finding says so, and nobody can approve it.
        params = {"vm": machine.target.name, "host": host.name}
        gone = (PassedOver(route=leg.route, code=Code.NO_HOST_KEY, params=params) for leg in vain)
        passed_over = (*passed_over, *gone)
        legs = tuple(leg for leg in legs if leg not in vain)
        keys = keys if not vain else ()
    cluster = None
    if machine.cluster_moid is not None:
        cluster = await vcenter.cluster(machine.cluster_moid, moid)
    surroundings = await vcenter.surroundings(moid)
    dump_file = vcenter.dump_file(machine)
    before, unread = await _before(tools, machine, dump_file)
    plan = Plan(
        machine=machine,
        host_version=host.version,
        legs=legs,
        passed_over=passed_over,
        guards=() if cluster is None else guards_of(machine, cluster),
        findings=assess(
            machine,
            host,
            cluster,
            legs,
            surroundings=surroundings,
            keys=keys,
            purpose=purpose,
            dump_file=dump_file,
            before=before,
            before_unread=unread,
            now=tools.clock.now(),
        ),
        dump_file=dump_file,
        down_seconds=estimate_down_seconds(machine.memory_mib),
        apart=() if cluster is None else cluster.apart,
        purpose=purpose,
    )
    return plan, before


async def _keys(tools: Tools, host_name: str, legs: tuple[Leg, ...]) -> tuple[KnownKey, ...]:
    """What is known of the servers' keys, where a route logs in."""
    if all(leg.route is not Route.SSH for leg in legs):
        return ()
    return await tools.shells.keys(host_name)


def _in_vain(leg: Leg, keys: tuple[KnownKey, ...], purpose: Purpose) -> bool:
    """Whether its login is certain to fail; a rehearsal is there to find that out, and shows the key."""
    return leg.route is Route.SSH and purpose is Purpose.CAPTURE and not all(key.types for key in keys)


async def _before(
    tools: Tools, machine: Machine, dump_file: str | None
) -> tuple[GuestFile | None, str | None]:
    if dump_file is None or machine.power != "poweredOn":
        return None, "not asked" if dump_file else None
    target = machine.target
    try:
        there = await newest_dump(tools.vcenter(target), target.moid, dump_file, machine.family)
    except VmdumpError as error:
        return None, error.code.value
    return None if there is None else there.file, None
