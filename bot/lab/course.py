"""The course of a crash: blue screen, dump, reboot, and a machine that answers again."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.lab.guest_file import GuestFile
from bot.lab.ha import completes
from bot.lab.leaving import copy_out, leave_dump
from bot.lab.pace import Pace
from bot.lab.vm import Vm

if TYPE_CHECKING:
    from bot.lab.world import World

# A dump takes its room on a datastore little by little.
_SLICES = 8


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
    if dump is not None:
        _take_room(vm, dump)
    if dump is not None and guest.dump_copied:
        await copy_out(vm, dump, lambda start: guest.come_up(datetime.now(UTC), start))
    else:
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
    for _ in range(_SLICES):
        await asyncio.sleep(seconds / _SLICES)
        if vm.grows:
            vm.datastore.take(vm.memory_bytes // _SLICES)


def _take_room(vm: Vm, dump: GuestFile) -> None:
    """Windows copies its page file to the dump; blocks of an older dump are written over."""
    before = vm.guest.file(dump.path)
    if vm.guest.family == "windows" and vm.grows and (vm.snapshots or before is None):
        vm.datastore.take(dump.size)
    vm.guest.disk_free_bytes -= dump.size - (before.size if before else 0)
