"""Which routes are open, in which order they are tried, and what each changes on the host."""

from __future__ import annotations

from bot.capture.ports import Way
from bot.capture.tools import Tools
from bot.core.change import Change, RulesetChange, ServiceChange, ShellTimeoutChange
from bot.core.errors import Code, VmdumpError
from bot.core.route import AUTOMATIC, Leg, PassedOver, Route
from bot.core.target import Host, Machine, Ruleset, Service, Target

FREE = frozenset({None, "lockdownDisabled"})


async def legs_of(
    tools: Tools,
    machine: Machine,
    host: Host,
    wish: Route | None,
    granted: tuple[Route, ...] = tuple(Route),
) -> tuple[tuple[Leg, ...], tuple[PassedOver, ...]]:
    """The routes that are open, the preferred one first, and why others are not.

    A route that a person named is the only one; ``granted`` are those that the rules let the requester take.
    Raises the first hindrance if no route is open, of those that somebody could mend if there are any.
    """
    allowed = tools.routes.get(machine.target.vcenter, AUTOMATIC)
    wanted = tuple(r for r in allowed if r in AUTOMATIC) if wish is None else (wish,)
    legs = []
    refused = [r for r in wanted if r not in granted]
    hindrances = [(r, VmdumpError(Code.ROUTE_NOT_GRANTED, route=r.value)) for r in refused]
    for route in (r for r in wanted if r in granted):
        try:
            legs.append(await _leg(tools, machine, host, route, allowed))
        except VmdumpError as error:
            hindrances.append((route, error))
    if not legs:
        raise min((error for _, error in hindrances), key=lambda error: error.code is Code.ROUTE_TOO_OLD)
    passed = (PassedOver(route=route, code=e.code, params=e.params) for route, e in hindrances)
    return tuple(legs), tuple(passed)


async def _leg(tools: Tools, machine: Machine, host: Host, route: Route, allowed: tuple[Route, ...]) -> Leg:
    """Raises ``VmdumpError`` for what closes the route."""
    if route not in allowed:
        raise VmdumpError(Code.ROUTE_NOT_ALLOWED, route=route.value, vcenter=machine.target.vcenter)
    if route is not Route.SSH:
        hindrance = await tools.vcenter(machine.target).hindrance(route, machine)
        if hindrance is not None:
            raise hindrance
        return Leg(route=route)
    way = tools.shells.way(machine.target.host_name)
    await _not_locked_out(tools, machine.target, host, way)
    changes, already_on = await _changes(tools, machine.target, host, way)
    return Leg(route=route, changes=changes, already_on=already_on)


async def _not_locked_out(tools: Tools, target: Target, host: Host, way: Way) -> None:
    """Lockdown is never lifted: only users whom the host excepts may log in."""
    if host.lockdown in FREE:
        return
    params = {"vm": target.name, "host": target.host_name, "mode": host.lockdown or "", "user": way.user}
    try:
        excepted = await tools.vcenter(target).lockdown_exceptions(target.host_moid)
    except VmdumpError as error:
        raise VmdumpError(Code.LOCKDOWN, **params, seen=f"not readable: {error.code.value}") from error
    if way.user not in excepted:
        raise VmdumpError(Code.LOCKDOWN, **params, seen=", ".join(excepted) or "none")


async def _changes(
    tools: Tools, target: Target, host: Host, way: Way
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """In the order in which they are made: who is let in, for how long, and then the services."""
    held = {debt.change.thing: debt.change for debt in await tools.reader.debts(only_open=True)}
    place = {"vcenter": target.vcenter, "host_moid": target.host_moid, "host_name": target.host_name}
    services: list[Change] = []
    already_on: list[str] = []
    for service_id in way.services:
        service = host.service(service_id)
        if service is None:
            raise VmdumpError(Code.SERVICE_MISSING, service=service_id, host=host.name)
        change = _service(place, service)
        other = held.get(change.thing)
        if service.running and other is None:
            already_on.append(service.label)
        else:
            # What another request of ours has started is stopped when its turn is over.
            services.append(other or change)
    before: list[Change] = []
    if host.ssh_ruleset is not None:
        ours = _opened(host.ssh_ruleset, way.source)
        ruleset = RulesetChange(**place, former=host.ssh_ruleset, ours=ours)
        if ruleset.thing in held or ours != host.ssh_ruleset:
            before.append(held.get(ruleset.thing, ruleset))
    if way.shell_timeout is not None and services and not already_on:
        former = await tools.vcenter(target).shell_timeout(target.host_moid)
        timeout = ShellTimeoutChange(**place, former=former, ours=way.shell_timeout)
        before.append(held.get(timeout.thing, timeout))
    return (*before, *services), tuple(already_on)


def _service(place: dict[str, str], service: Service) -> ServiceChange:
    return ServiceChange(**place, service=service.id, label=service.label, former_policy=service.policy)


def _opened(ruleset: Ruleset, source: str | None) -> Ruleset:
    """The rule set as it must be for the bot to come in.

    Where the settings do not say what address the bot has, a list of allowed addresses is left as it is.
    """
    enabled = ruleset.model_copy(update={"enabled": True})
    if source is None or enabled.lets_in(source):
        return enabled
    return enabled.model_copy(update={"addresses": (*ruleset.addresses, source)})
