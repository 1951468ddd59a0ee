"""Making a plan out of fresh readings."""

from __future__ import annotations

from bot.capture.tools import Tools
from bot.core.change import ServiceChange
from bot.core.errors import Code, VmdumpError
from bot.core.known_key import KnownKey
from bot.core.plan import Plan, Route, estimate_down_seconds
from bot.core.purpose import Purpose
from bot.core.readiness import assess
from bot.core.signs import GuestFile
from bot.core.target import Host, Machine, Target


async def plan_for(
    tools: Tools, vcenter_name: str, moid: str, purpose: Purpose = Purpose.CAPTURE
) -> tuple[Plan, GuestFile | None]:
    """Reads VM, host and guest now; also gives the dump file that is there already, if that can be told.

    Raises ``VmdumpError``; changes nothing.
    """
    vcenter = tools.vcenters[vcenter_name]
    machine = await vcenter.machine(moid)
    target = machine.target
    route, passed_over = _route(tools, target)
    host = await vcenter.host(target.host_moid)
    services = tools.shells.services(target.host_name)
    dump_file = vcenter.dump_file(machine)
    before, unread = await _before(tools, machine, dump_file)
    changes, already_on = _changes(target, host, services)
    plan = Plan(
        machine=machine,
        host_version=host.version,
        route=route,
        route_reasons=passed_over,
        changes=changes,
        already_on=already_on,
        findings=assess(
            machine,
            host,
            services=services,
            keys=await _keys(tools, target, route),
            purpose=purpose,
            dump_file=dump_file,
            before=before,
            before_unread=unread,
            now=tools.clock.now(),
        ),
        dump_file=dump_file,
        down_seconds=estimate_down_seconds(machine.memory_mib),
        purpose=purpose,
    )
    return plan, before


def _route(tools: Tools, target: Target) -> tuple[Route, tuple[tuple[Route, Code], ...]]:
    """The first route that is open, and why those before it are not. Raises the first's reason if none is."""
    hindrances: list[tuple[Route, Code]] = []
    for route in Route:
        hindrance = _hindrance(tools, target, route)
        if hindrance is None:
            return route, tuple(hindrances)
        hindrances.append((route, hindrance))
    raise VmdumpError(hindrances[0][1], vm=target.name, host=target.host_name)


def _hindrance(tools: Tools, target: Target, route: Route) -> Code | None:
    match route:
        case Route.SSH:
            return tools.shells.hindrance(target.host_name)


async def _keys(tools: Tools, target: Target, route: Route) -> tuple[KnownKey, ...]:
    match route:
        case Route.SSH:
            return await tools.shells.keys(target.host_name)


def _changes(
    target: Target, host: Host, services: tuple[str, ...]
) -> tuple[tuple[ServiceChange, ...], tuple[str, ...]]:
    changes, already_on = [], []
    for service_id in services:
        service = host.service(service_id)
        if service is None:
            continue
        if service.running:
            already_on.append(service.label)
            continue
        changes.append(
            ServiceChange(
                vcenter=target.vcenter,
                host_moid=target.host_moid,
                host_name=target.host_name,
                service=service.id,
                label=service.label,
                former_policy=service.policy,
            )
        )
    return tuple(changes), tuple(already_on)


async def _before(
    tools: Tools, machine: Machine, dump_file: str | None
) -> tuple[GuestFile | None, str | None]:
    if dump_file is None or machine.power != "poweredOn":
        return None, "not asked" if dump_file else None
    try:
        return await tools.vcenter(machine.target).guest_file(machine.target.moid, dump_file), None
    except VmdumpError as error:
        return None, error.code.value
