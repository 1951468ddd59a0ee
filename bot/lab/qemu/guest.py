"""A machine of the lab whose guest is real: what the lab says of the guest follows what the machine does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.lab.qemu.error import RealGuestError
from bot.lab.qemu.image import build
from bot.lab.qemu.machine import CPUS, MEMORY_MB, Machine, Sight, running
from bot.lab.qemu.needs import find_needs
from bot.lab.vm import Vm

if TYPE_CHECKING:
    from bot.lab.world import World

# Seconds until the agent answers. On a machine that has nothing else to do they are six.
_BOOT = 150.0


@asynccontextmanager
async def real_guest(world: "World", vm: Vm, folder: Path) -> AsyncIterator[Machine]:
    """Give a machine of a world that serves a real guest, which is up when the block begins.

    `folder` takes its files. Raises RealGuestError: what it is made of is not there, or it does not come up.
    """
    needs = await asyncio.to_thread(find_needs)
    image = await asyncio.to_thread(build, folder, needs, _texts(vm))
    vm.memory_mb, vm.cpus = MEMORY_MB, CPUS
    vm.guest.state = "rebooting"
    async with running(folder, needs, image) as machine:
        vm.machine = machine
        stop = world.spawn(_Life(world, vm, machine).run())
        try:
            await _until_up(world, vm, folder)
            yield machine
        finally:
            stop()
            vm.machine = None


async def _until_up(world: "World", vm: Vm, folder: Path) -> None:
    try:
        async with asyncio.timeout(_BOOT + 10):
            await world.until(lambda: vm.guest.state == "running")
    except (TimeoutError, RuntimeError) as error:
        raise RealGuestError(
            f"The real guest did not come up; see console.log and qemu.log in {folder}"
        ) from error


def _texts(vm: Vm) -> dict[str, str]:
    """The guest's own settings, by their files."""
    return {
        "/etc/hostname": f"{vm.guest.host_name}\n",
        "/etc/os-release": f'ID=debian\nPRETTY_NAME="{vm.guest.system}"\n',
        "/etc/default/kdump-tools": 'USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"\n',
        "/etc/sysctl.d/90-crash.conf": "kernel.unknown_nmi_panic = 1\n",
    }


class _Life:
    """Leads the lab's guest through what its machine goes through."""

    def __init__(self, world: "World", vm: Vm, machine: Machine) -> None:
        self._world = world
        self._vm = vm
        self._machine = machine
        self._boots = asyncio.Event()

    async def run(self) -> None:
        self._boots.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._machine.follow(self._see))
            tasks.create_task(self._come_up())

    async def _come_up(self) -> None:
        while True:
            await self._boots.wait()
            self._boots.clear()
            agent, guest = self._machine.agent, self._vm.guest
            await agent.answers(_BOOT)
            guest.disk_bytes, guest.disk_free_bytes = await agent.room()
            guest.come_up(datetime.now(UTC), None)

    def _see(self, sight: Sight) -> None:
        """What does not follow from the guest's state changes nothing: a second reset while it boots."""
        guest, now = self._vm.guest, datetime.now(UTC)
        if sight is Sight.CRASHED and guest.state == "running":
            guest.crash(now)
            if self._world.vcenter.reports_crashes:
                self._log("VmGuestOSCrashedEvent", f"Guest operating system of {self._vm.name} crashed")
        elif sight is Sight.SAVING and guest.state == "crashed":
            guest.start_dump(now, 0.0)
        elif sight is Sight.RESET and guest.state != "rebooting":
            guest.reset()
            self._log("VmGuestRebootEvent", f"Guest OS reboot for {self._vm.name} on {self._vm.host.name}")
            self._boots.set()

    def _log(self, kind: str, sentence: str) -> None:
        self._world.events.log(kind, sentence, vm=self._vm)
