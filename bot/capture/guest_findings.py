"""What the guest itself says for and against its dump."""

from __future__ import annotations

from dataclasses import dataclass

from bot.capture.told import told_by
from bot.capture.tools import Tools
from bot.core.errors import VmdumpError
from bot.core.finding import Finding, Level
from bot.core.plan import Plan
from bot.core.readiness import GUEST
from bot.core.surroundings import Volume
from bot.core.target import Machine


@dataclass(frozen=True, slots=True)
class Guest:
    findings: tuple[Finding, ...]
    expected_bytes: tuple[int, int]
    """of the dump, least and most"""


async def guest_now(
    tools: Tools, machine: Machine, dump_file: str | None, volumes: tuple[Volume, ...] | None
) -> Guest:
    """Asks the guest, where the settings let the bot in."""
    told = await told_by(tools, machine, dump_file)
    found = () if told.hindrance is None else (_silent(tools, told.hindrance),)
    if told.readings is not None:
        found = (*tools.readiness.assess(told.readings, machine, volumes, dump_file), *found)
    return Guest(found, tools.readiness.expected_dump(told.readings, machine))


async def guest_again(
    tools: Tools, machine: Machine, approved: Plan, volumes: tuple[Volume, ...] | None
) -> Guest:
    """What it told last, not asked again: one that has begun to hang would answer nothing now.

    It is judged by what is seen from outside now, as far as that says anything.
    """
    findings = tuple(f for f in approved.findings if f.source == GUEST)
    told = await tools.reader.readings(machine.target.instance_uuid)
    if told is not None:
        judged = tools.readiness.assess(told, machine, volumes, approved.dump_file)
        now = {f.code: f for f in judged if f.level is not Level.UNKNOWN}
        findings = tuple(now.get(f.code, f) for f in findings)
    most = approved.machine.memory_mib << 20
    return Guest(findings, (most, most) if approved.estimate is None else approved.estimate.dump_bytes)


def _silent(tools: Tools, hindrance: VmdumpError) -> Finding:
    code = hindrance.code.value
    return Finding(code="guest", level=Level.UNKNOWN, seen=code, source=GUEST, read_at=tools.clock.now())
