"""Making a plan out of fresh readings."""

from __future__ import annotations

from bot.capture.arming_plan import arming_plan
from bot.capture.guards import guards_of
from bot.capture.guest_findings import Guest, guest_again, guest_now
from bot.capture.measured import measured_rate
from bot.capture.plan_wish import PlanWish
from bot.capture.routing import legs_of
from bot.capture.tools import Tools
from bot.core.arming import ArmWish
from bot.core.errors import Code
from bot.core.estimate import Estimate, estimate
from bot.core.finding import Finding, Level
from bot.core.known_key import KnownKey
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from bot.core.readiness import DUMP_ROOM, NEVER_OVERRIDDEN, assess
from bot.core.route import Leg, PassedOver, Route
from bot.core.target import Host, Machine

ANYTHING = PlanWish()


async def plan_for(tools: Tools, vcenter_name: str, moid: str, wanted: PlanWish = ANYTHING) -> Plan:
    """Reads VM, host, cluster and guest now. Raises ``VmdumpError``; changes nothing."""
    vcenter = tools.vcenter_named(vcenter_name)
    machine = await vcenter.machine(moid)
    host = await vcenter.host(machine.target.host_moid)
    if wanted.purpose is Purpose.ARM:
        return await arming_plan(tools, machine, host, wanted.arming or ArmWish())
    legs, passed_over, keys = await _ways(tools, machine, host, wanted)
    cluster = None
    if machine.cluster_moid is not None:
        cluster = await vcenter.cluster(machine.cluster_moid, moid)
    surroundings = await vcenter.surroundings(moid)
    dump_file = vcenter.dump_file(machine)
    if wanted.approved is None:
        guest = await guest_now(tools, machine, dump_file, surroundings.volumes)
    else:
        guest = await guest_again(tools, machine, wanted.approved, surroundings.volumes)
    expected = await _expected(tools, machine, guest, wanted.approved)
    findings = assess(
        machine,
        host,
        cluster,
        legs,
        keys=keys,
        purpose=wanted.purpose,
        surroundings=surroundings,
        dump_bytes=expected.dump_bytes[1],
        dump_file=dump_file,
        told=any(f.code == DUMP_ROOM and f.level is not Level.UNKNOWN for f in guest.findings),
        now=tools.clock.now(),
    )
    findings = (*findings, *guest.findings)
    return Plan(
        machine=machine,
        host_version=host.version,
        legs=legs,
        passed_over=passed_over,
        guards=() if cluster is None else guards_of(machine, cluster),
        findings=findings,
        dump_file=dump_file,
        down_seconds=expected.down_seconds,
        estimate=expected,
        apart=() if cluster is None else cluster.apart,
        purpose=wanted.purpose,
        overridden=_overridden(findings) if wanted.override else (),
    )


async def _expected(tools: Tools, machine: Machine, guest: Guest, approved: Plan | None) -> Estimate:
    """What people were told stands; the NMI does not wait for earlier captures to be read again."""
    if approved is not None and approved.estimate is not None:
        return approved.estimate
    measured = await measured_rate(tools.reader, machine.target.instance_uuid)
    return estimate(guest.expected_bytes, machine.family, measured)


def _overridden(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """What speaks against a dump may be put up with; what makes an NMI impossible or harmful may not."""
    return tuple(f.code for f in findings if f.level is Level.BLOCK and f.code not in NEVER_OVERRIDDEN)


async def _ways(
    tools: Tools, machine: Machine, host: Host, wanted: PlanWish
) -> tuple[tuple[Leg, ...], tuple[PassedOver, ...], tuple[KnownKey, ...]]:
    """The routes, those that are passed over, and what is known of the keys on the way."""
    legs, passed_over = await legs_of(tools, machine, host, wanted.route, wanted.granted)
    keys = await _keys(tools, host.name, legs)
    vain = tuple(leg for leg in legs if _in_vain(leg, keys, wanted.purpose))
    if len(vain) < len(legs):
        # Where it is the only route, the finding says so, and nobody can approve it.
        params = {"vm": machine.target.name, "host": host.name}
        gone = (PassedOver(route=leg.route, code=Code.NO_HOST_KEY, params=params) for leg in vain)
        passed_over = (*passed_over, *gone)
        legs = tuple(leg for leg in legs if leg not in vain)
        keys = keys if not vain else ()
    return legs, passed_over, keys


async def _keys(tools: Tools, host_name: str, legs: tuple[Leg, ...]) -> tuple[KnownKey, ...]:
    """What is known of the servers' keys, where a route logs in."""
    if all(leg.route is not Route.SSH for leg in legs):
        return ()
    return await tools.shells.keys(host_name)


def _in_vain(leg: Leg, keys: tuple[KnownKey, ...], purpose: Purpose) -> bool:
    """Whether its login is certain to fail; a rehearsal is there to find that out, and shows the key."""
    return leg.route is Route.SSH and purpose is Purpose.CAPTURE and not all(key.types for key in keys)
