"""A machine in QEMU: its process, its console, its monitor and the agent in its guest."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

from bot.lab.qemu.agent import Agent
from bot.lab.qemu.error import RealGuestError
from bot.lab.qemu.image import Image
from bot.lab.qemu.needs import Needs
from bot.lab.qemu.wire import Wire

MEMORY_MB = 512
CPUS = 1
# Of the memory, for the kernel that saves the rest of it.
_CRASH_KERNEL = "128M"
# seconds
_ENDING = 10.0


class Sight(StrEnum):
    """What can be seen from outside of a guest's life."""

    CRASHED = "crashed"
    SAVING = "saving"
    RESET = "reset"


# The crash kernel's own command line is the first sign of a panic: what a kernel says inside an NMI it would
# print later, and there is no later where a crash kernel takes over at once.
_SIGHTS = {
    re.compile(rb"Kernel panic - not syncing|ommand line: .*reset_devices"): Sight.CRASHED,
    re.compile(rb"^kdump: saving vmcore to "): Sight.SAVING,
}


class Machine:
    """Runs as long as `running` does; `follow` has to run while anything is asked of it."""

    def __init__(self, process: asyncio.subprocess.Process, monitor: Wire, agent: Wire, folder: Path) -> None:
        self._process = process
        self._monitor = monitor
        self._agent_wire = agent
        self._folder = folder
        self.agent = Agent(agent)

    @property
    def console(self) -> Path:
        """Everything that the guest's kernels have printed."""
        return self._folder / "console.log"

    async def follow(self, on_sight: Callable[[Sight], None]) -> None:
        """Tell what is seen, until the machine ends, which is an error: RealGuestError."""

        def on_event(name: str) -> None:
            if name == "RESET":
                on_sight(Sight.RESET)

        self._monitor.on_event = on_event
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._monitor.listen())
            tasks.create_task(self._agent_wire.listen())
            tasks.create_task(self._watch_console(on_sight))
            tasks.create_task(self._monitor.ask("qmp_capabilities"))
        raise RealGuestError(
            f"QEMU ended with status {await self._process.wait()}; see {self._folder}/qemu.log"
        )

    async def nmi(self) -> None:
        """What `vmdumper … nmi` comes to. Raises Refused and Silent."""
        await self._monitor.ask("inject-nmi")

    async def screen(self) -> bytes:
        """The console's picture, a PNG. Raises Refused and Silent."""
        picture = self._folder / "screen.png"
        await self._monitor.ask("screendump", filename=str(picture), format="png")
        return await asyncio.to_thread(picture.read_bytes)

    async def _watch_console(self, on_sight: Callable[[Sight], None]) -> None:
        output = self._process.stdout
        if output is None:
            raise RealGuestError("QEMU was started without a console")
        with self.console.open("ab") as log:
            while line := await output.readline():
                log.write(line)
                log.flush()
                for pattern, sight in _SIGHTS.items():
                    if pattern.search(line):
                        on_sight(sight)


@asynccontextmanager
async def running(folder: Path, needs: Needs, image: Image) -> AsyncIterator[Machine]:
    """Switch a machine on; off at the end of the block. Its logs are left in the folder."""
    pairs = [socket.socketpair() for _ in range(2)]
    ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    command = _command(needs, image, [end.fileno() for end in theirs])
    with (folder / "qemu.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1 << 20,
            pass_fds=[end.fileno() for end in theirs],
        )
    for end in theirs:
        end.close()
    monitor, agent = [
        await Wire.over(end, name)
        for end, name in zip(ours, ("QEMU's monitor", "the guest's agent"), strict=True)
    ]
    try:
        yield Machine(process, monitor, agent, folder)
    finally:
        monitor.close()
        agent.close()
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(_ENDING):
            await process.wait()


def _command(needs: Needs, image: Image, fds: list[int]) -> list[str | Path]:
    monitor, agent = fds
    return [
        # It ends with whoever started it, however that ends.
        *(needs.here["setpriv"], "--pdeathsig", "KILL", needs.here["qemu-system-x86_64"]),
        *("-nodefaults", "-no-user-config", "-machine", "pc,accel=tcg", "-cpu", "qemu64"),
        *("-smp", str(CPUS), "-m", str(MEMORY_MB), "-display", "none", "-vga", "std"),
        *("-kernel", image.kernel, "-initrd", image.initrd),
        *("-append", f"console=tty0 console=ttyS0 crashkernel={_CRASH_KERNEL} panic=10"),
        # The host does not crash here, so nothing has to wait for its disk.
        *("-drive", f"file={str(image.disk).replace(',', ',,')},format=raw,if=virtio,cache=unsafe"),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control"),
        *("-chardev", f"socket,id=agent,fd={agent}", "-device", "virtio-serial-pci"),
        *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
    ]
