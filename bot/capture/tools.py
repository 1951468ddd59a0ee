"""What every phase works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.capture.ports import Approvals, DumpFormats, GuestReadiness, Pictures, Shells, VCenter
from bot.core.errors import Code, VmdumpError
from bot.core.plan import Plan
from bot.core.request import Request
from bot.core.route import Leg, Route
from bot.core.target import Target
from bot.core.value import Value
from bot.store.clock import Clock
from bot.store.commit import Committer
from bot.store.reading import Reader


class Times(Value):
    """How long a capture waits, seconds."""

    longest_call: float = 60
    """no call answers later than this; what was started may still land until then"""
    poll: float = 5
    """between two looks at the guest"""
    crash: float = 120
    """for signs of a crash, after the NMI"""
    dump: float = 1800
    """for the dump and the restart, after the crash, at least"""
    dump_per_gib: float = 60
    """the same for each GiB of memory; the rate in it is assumed"""
    settle: float = 1800
    """for the dump file to be whole, after the restart, at least: Windows copies it out of its page file"""
    settle_per_gib: float = 30
    """the same for each GiB of memory"""
    approval: float = 3600
    """an approval that is older than this crashes nothing any more"""
    host: float = 1800
    """for another request's turn on the same host"""
    restore: float = 60
    """longest pause between two attempts to restore"""
    guest: float = 10
    """for all that a guest is asked before the NMI"""

    def dump_of(self, memory_mib: int) -> float:
        """For the dump and the restart of a machine of that size."""
        return self.dump + self.dump_per_gib * memory_mib / 1024

    def settle_of(self, memory_mib: int) -> float:
        """For its dump to be copied, after the restart."""
        return self.settle + self.settle_per_gib * memory_mib / 1024


@dataclass(frozen=True, slots=True)
class Tools:
    committer: Committer
    reader: Reader
    vcenters: Mapping[str, VCenter]
    shells: Shells
    formats: DumpFormats
    pictures: Pictures
    readiness: GuestReadiness
    clock: Clock
    times: Times
    pause: Callable[[float], Awaitable[None]]
    routes: Mapping[str, tuple[Route, ...]]
    """what may be taken at each vCenter, the preferred one first"""
    approvals: Approvals | None = None
    """None for who only restores: nothing is begun by them"""

    def vcenter(self, target: Target) -> VCenter:
        """Raises ``VmdumpError`` where the settings no longer name the target's vCenter."""
        return self.vcenter_named(target.vcenter)

    def vcenter_named(self, name: str) -> VCenter:
        """Raises ``VmdumpError`` where the settings no longer name it."""
        try:
            return self.vcenters[name]
        except KeyError as error:
            raise VmdumpError(
                Code.VCENTER_UNREACHABLE,
                endpoint=name,
                address="no address",
                cause="not in the settings any more",
            ) from error


def plan_of(request: Request) -> Plan:
    """The plan of a request that has been planned."""
    if request.plan is None:
        raise VmdumpError(Code.INTERNAL, cause=f"{request.id} has no plan")
    return request.plan


def still_fresh(tools: Tools, request: Request) -> None:
    """Raises ``VmdumpError`` for an old approval: after a long silence nobody expects it any more."""
    age = tools.clock.now() - (request.approved_at or request.created_at)
    if age.total_seconds() > tools.times.approval:
        minutes = round(age.total_seconds() / 60)
        raise VmdumpError(Code.STALE_APPROVAL, request=request.id, minutes=minutes)


def target_of(request: Request) -> Target:
    return plan_of(request).machine.target


def leg_of(request: Request) -> Leg:
    """The route that is tried now."""
    return plan_of(request).legs[request.leg]


def of_leg(key: str, request: Request) -> str:
    """The business key of something that each route does once."""
    return key if request.leg == 0 else f"{key}/{request.leg + 1}"


def of_round(key: str, request: Request) -> str:
    """The business key of something that each approved plan does once."""
    return key if request.round <= 1 else f"{key}/{request.round}"
