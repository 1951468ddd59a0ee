"""The course of a crash: blue screen, dump, reboot, and a machine that answers again."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.lab.dumpfile import Machine, write_dump
from bot.lab.guest_file import GuestFile
from bot.lab.ha import completes
from bot.lab.pace import Pace
from bot.lab.vm import Vm
from bot.lab.vmcore import write_vmcore

if TYPE_CHECKING:
    from bot.lab.world import World


async def run_course(world: "World", vm: Vm) -> None:
    """Lead a guest that has just crashed through its dump and reboot at the world's pace."""
    guest, pace = vm.guest, world.pace
    if world.vcenter.reports_crashes:
        world.events.log("VmGuestOSCrashedEvent", f"Guest operating system of {vm.name} crashed", vm=vm)
    writes = guest.writes_dump
    complete = await completes(world, vm, _write_dump(pace, vm))
    if complete:
        guest.start_reboot()
        world.events.log("VmGuestRebootEvent", f"Guest OS reboot for {vm.name} on {vm.host.name}", vm=vm)
    await asyncio.sleep(pace.of_reboot())
    dump = await asyncio.to_thread(leave_dump, world, vm) if complete and writes else None
    guest.come_up(datetime.now(UTC), dump)


async def run_reboot(world: "World", vm: Vm) -> None:
    """Lead a guest that somebody has restarted back up; it takes its settings anew."""
    world.events.log("VmGuestRebootEvent", f"Guest OS reboot for {vm.name} on {vm.host.name}", vm=vm)
    await asyncio.sleep(world.pace.of_reboot())
    vm.guest.come_up(datetime.now(UTC), None)


async def _write_dump(pace: Pace, vm: Vm) -> None:
    await asyncio.sleep(pace.of_bug_check())
    seconds = pace.of_dump(vm.memory_bytes)
    vm.guest.start_dump(datetime.now(UTC), seconds)
    await asyncio.sleep(seconds)


def leave_dump(world: "World", vm: Vm, *, crashed_at: datetime | None = None) -> GuestFile:
    """Write the complete dump of a crash (by default the guest's last one); gives the guest's file."""
    guest = vm.guest
    at = crashed_at or guest.crashed_at or datetime.now(UTC)
    if guest.family == "linux":
        stored = world.folder / "guests" / vm.moid / f"vmcore-{at:%Y%m%dT%H%M%S.%f}"
        write_vmcore(stored, vm.memory_bytes, at, guest.linux.release)
    else:
        stored = world.folder / "guests" / vm.moid / f"MEMORY-{at:%Y%m%dT%H%M%S.%f}.DMP"
        uptime = max(0.0, (at - guest.booted_at).total_seconds())
        write_dump(stored, Machine(vm.memory_bytes, vm.cpus, at, uptime))
    return GuestFile(guest.writes_to, crashed_at or datetime.now(UTC), stored)
