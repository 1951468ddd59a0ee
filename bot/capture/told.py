"""What the guest told of itself: now if it may be asked and answers, or when it last did."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.capture.tools import Tools
from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestReadings
from bot.core.target import Machine


@dataclass(frozen=True, slots=True)
class Told:
    readings: GuestReadings | None
    """with the time at which they were read"""
    hindrance: VmdumpError | None
    """why the guest tells nothing now"""


async def told_by(tools: Tools, machine: Machine, dump_file: str | None) -> Told:
    """Asks the guest for as long as the settings allow; what it last told is better than nothing."""
    try:
        return Told(await ask(tools, machine, dump_file), None)
    except VmdumpError as error:
        before = await tools.reader.readings(machine.target.instance_uuid)
        if before is not None and {before.family, machine.family} == {"windows", "linux"}:
            # A machine keeps its UUID when another system is installed in it.
            before = None
        return Told(before, error)


async def ask(tools: Tools, machine: Machine, dump_file: str | None) -> GuestReadings:
    """Logs in to the guest, and keeps what it tells. Raises ``VmdumpError``, within ten seconds or so.

    A guest that hangs answers nothing: whoever asks for its memory does not wait for it.
    """
    vcenter = tools.vcenter(machine.target)
    vm = machine.target.name
    if not vcenter.logs_in(machine):
        raise VmdumpError(Code.GUEST_LOGIN_OFF, vm=vm)
    if machine.power != "poweredOn":
        raise VmdumpError(Code.GUEST_UNAVAILABLE, vm=vm, cause=machine.power)
    try:
        async with asyncio.timeout(tools.times.guest):
            readings = await tools.readiness.read(vcenter, machine, dump_file)
    except TimeoutError:
        raise VmdumpError(Code.GUEST_UNAVAILABLE, vm=vm, cause="time-out") from None
    await tools.committer.keep_readings(machine.target.instance_uuid, readings)
    return readings
