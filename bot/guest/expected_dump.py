"""How large a dump will be. Nobody publishes figures for partial ones, so those here are assumed."""

from __future__ import annotations

from bot.core.dump_kind import DumpKind
from bot.core.target import Machine
from bot.guest.amounts import MIB

EXTRA = 257 * MIB
"""what a complete dump may need besides the memory: 1 MiB of header and up to 256 MiB that drivers add"""
KERNEL_LEAST, KERNEL_MOST = 1 / 20, 1 / 3
"""shares of the memory that a kernel holds [assumed]"""
ACTIVE_LEAST = 1 / 10
"""of an active dump; at most it holds all [assumed]"""
KERNEL_ONLY = 31
"""makedumpfile's level that leaves out free, zero, cached and processes' pages"""
KDUMP_LEAST = 1 / 50
"""of a dump that makedumpfile compresses [assumed]"""


def memory(machine: Machine) -> int:
    """Bytes."""
    return machine.memory_mib * MIB


def expected_windows_dump(kind: DumpKind | None, machine: Machine) -> tuple[int, int]:
    """Bytes, least and most; where little or nothing is set to be written, of a complete dump."""
    ram = memory(machine)
    match kind:
        case "kernel" | "automatic":
            return int(ram * KERNEL_LEAST), int(ram * KERNEL_MOST)
        case "active":
            return int(ram * ACTIVE_LEAST), ram + EXTRA
        case None:
            return int(ram * KERNEL_LEAST), ram + EXTRA
        case "complete" | "small" | "none":
            return ram, ram + EXTRA


def expected_linux_dump(left_out: int | None, machine: Machine) -> tuple[int, int]:
    """Bytes, least and most; ``left_out`` is makedumpfile's level, None where it is not told."""
    ram = memory(machine)
    return int(ram * KDUMP_LEAST), int(ram * KERNEL_MOST) if left_out == KERNEL_ONLY else ram
