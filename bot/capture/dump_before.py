"""The dump that is in the guest before the NMI: what a new one is told from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.capture.guest_dump import newest_dump
from bot.capture.tools import Tools
from bot.core.errors import VmdumpError
from bot.core.plan import Plan
from bot.core.signs import GuestFile

BEATING = frozenset({"green", "yellow"})


@dataclass(frozen=True, slots=True)
class Before:
    looked: bool
    """whether anybody could look: without, that there is none is not known"""
    file: GuestFile | None


async def dump_before(tools: Tools, plan: Plan) -> Before:
    """Looks where the settings let the bot in; the NMI waits, so a guest without a heartbeat is not asked."""
    machine = plan.machine
    target, family = machine.target, machine.family
    vcenter = tools.vcenter(target)
    answers = machine.heartbeat in BEATING and machine.tools == "guestToolsRunning"
    if plan.dump_file is None or not answers or not vcenter.logs_in(machine):
        return Before(looked=False, file=None)
    try:
        async with asyncio.timeout(tools.times.guest):
            place = await newest_dump(vcenter, target.moid, plan.dump_file, family)
    except (VmdumpError, TimeoutError):
        return Before(looked=False, file=None)
    return Before(looked=True, file=None if place is None else place.file)
