"""Both families of guests, for whoever plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.arming import DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Finding
from bot.core.guest_arming import Arming
from bot.core.guest_readings import GuestReadings, WindowsReadings
from bot.core.surroundings import Volume
from bot.core.target import Machine
from bot.guest.arming_linux import arming_linux
from bot.guest.arming_windows import arming_windows
from bot.guest.expected_dump import expected_linux_dump, expected_windows_dump
from bot.guest.kdump_settings import DEFAULT_FOLDER
from bot.guest.linux_findings import assess_linux
from bot.guest.linux_setup import linux_setup
from bot.guest.ports import GuestOperations
from bot.guest.reading_linux import read_linux
from bot.guest.reading_windows import read_windows
from bot.guest.windows_findings import assess_windows
from bot.guest.windows_setup import windows_setup


class GuestSettings:
    """Implements ``GuestReadiness``."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def read(self, vcenter: GuestOperations, machine: Machine, dump_file: str | None) -> GuestReadings:
        moid = machine.target.moid
        match machine.family:
            case "windows":
                return await read_windows(vcenter, moid, self._now())
            case "linux":
                return await read_linux(vcenter, moid, dump_file or DEFAULT_FOLDER, self._now())
            case _:
                raise VmdumpError(Code.GUEST_SYSTEM, vm=machine.target.name, system=machine.guest_name)

    def assess(
        self,
        readings: GuestReadings,
        machine: Machine,
        volumes: tuple[Volume, ...] | None,
        dump_file: str | None,
    ) -> tuple[Finding, ...]:
        if isinstance(readings, WindowsReadings):
            return assess_windows(readings, machine, volumes, dump_file)
        return assess_linux(readings, machine, volumes, dump_file or DEFAULT_FOLDER)

    def expected_dump(self, readings: GuestReadings | None, machine: Machine) -> tuple[int, int]:
        if readings is None:
            linux = machine.family == "linux"
            return expected_linux_dump(None, machine) if linux else expected_windows_dump(None, machine)
        if isinstance(readings, WindowsReadings):
            return expected_windows_dump(windows_setup(readings).kind, machine)
        kdump = linux_setup(readings).kdump
        return expected_linux_dump(None if kdump is None else kdump.level, machine)

    def arming(
        self, readings: GuestReadings, machine: Machine, wish: DumpWish, dump_file: str | None
    ) -> Arming:
        if isinstance(readings, WindowsReadings):
            return arming_windows(readings, machine, wish, dump_file)
        return arming_linux(readings, machine, wish)
