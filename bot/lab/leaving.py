"""What a crash leaves in a guest: the dump, under the names that its system gives, and the kernel's log."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.lab.dumpfile import Machine, write_dump
from bot.lab.guest_file import GuestFile
from bot.lab.kdump import flattened, kdump
from bot.lab.kernel_log import kernel_log
from bot.lab.linux import Distribution
from bot.lab.vm import Vm
from bot.lab.vmcore import write_vmcore

if TYPE_CHECKING:
    from bot.lab.world import World

_COPY_STEPS = 8
_NAMES: dict[Distribution, Callable[[datetime], tuple[str, str]]] = {
    "debian12": lambda at: (
        f"{at:%Y%m%d%H%M}/dump.{at:%Y%m%d%H%M}",
        f"{at:%Y%m%d%H%M}/dmesg.{at:%Y%m%d%H%M}",
    ),
    "sles15": lambda at: (f"{at:%Y-%m-%d-%H:%M}/vmcore", f"{at:%Y-%m-%d-%H:%M}/dmesg.txt"),
    "sles11": lambda at: (f"{at:%Y-%m-%d-%H:%M}/vmcore", f"{at:%Y-%m-%d-%H:%M}/dmesg.txt"),
}


def _of_red_hat(at: datetime) -> tuple[str, str]:
    folder = f"127.0.0.1-{at:%Y-%m-%d-%H:%M:%S}"
    return f"{folder}/vmcore", f"{folder}/vmcore-dmesg.txt"


def leave_dump(world: "World", vm: Vm, *, crashed_at: datetime | None = None) -> GuestFile:
    """Write the dump of a crash (by default the guest's last one); gives the guest's file.

    It is complete unless the guest's `dump_missing` cuts it. A Linux keeps it in a folder of the crash's own,
    which `dump_path` names from then on, and its kernel's log beside it.
    """
    guest = vm.guest
    at = crashed_at or guest.crashed_at or datetime.now(UTC)
    written = crashed_at or datetime.now(UTC)
    stored = world.folder / "guests" / vm.moid / f"dump-{at:%Y%m%dT%H%M%S.%f}"
    stored.parent.mkdir(parents=True, exist_ok=True)
    if guest.family == "linux":
        dump, log = _NAMES.get(guest.distribution, _of_red_hat)(at)
        guest.dump_path = f"/var/crash/{dump}"
        guest.keep(GuestFile(f"/var/crash/{log}", written, kernel_log(guest.linux.release)))
        _write_linux(stored, vm, at)
    else:
        uptime = max(0.0, (at - guest.booted_at).total_seconds())
        write_dump(stored, Machine(vm.memory_bytes, vm.cpus, at, uptime))
    if guest.dump_missing:
        os.truncate(stored, stored.stat().st_size - guest.dump_missing)
    return GuestFile(guest.writes_to, written, stored)


def _write_linux(path: Path, vm: Vm, at: datetime) -> None:
    guest = vm.guest
    if guest.dump_format == "elf":
        write_vmcore(path, vm.memory_bytes, at, guest.linux.release, vm.cpus)
        return
    data = kdump(vm.memory_bytes, vm.cpus, at, guest.linux.release, guest.host_name)
    path.write_bytes(flattened(data) if guest.dump_format == "flattened" else data)


async def copy_out(vm: Vm, dump: GuestFile, come_up: Callable[[GuestFile], None]) -> None:
    """Come up with the start of the dump; Windows copies the rest out of its page file from then on."""
    path, whole = dump.stored, dump.size
    if not isinstance(path, Path):
        raise TypeError("a dump that lies in no file cannot grow")
    os.truncate(path, whole // _COPY_STEPS)
    come_up(dump)
    for step in range(2, _COPY_STEPS + 1):
        await asyncio.sleep(vm.guest.dump_copied / _COPY_STEPS)
        os.truncate(path, whole * step // _COPY_STEPS)
        vm.guest.keep(replace(dump, modified=datetime.now(UTC)))
