"""A guest that is real: Debian's kernel in QEMU, which panics by its NMI and writes a vmcore by kdump.

    async with real_guest(world, vm, folder):           # bot.lab.qemu.guest; the world serves
        ...                                             # vm.guest goes by what the machine does

`vm` stays one of the lab's: its host's vmdumper, and its vCenter's guest operations, console and signs reach
the machine. It is emulated in software, so it needs no privilege.
"""
