"""What a Linux kernel has logged when an NMI made it panic, as a crash folder keeps it beside the dump."""

_BOOT_LINES = 1200
_UP_SECONDS = 3_552_120.0
_LAST = (
    "Uhhuh. NMI received for unknown reason 21 on CPU 0.",
    "Do you have a strange power saving mode enabled?",
    "Kernel panic - not syncing: NMI: Not continuing",
    "CPU: 0 PID: 0 Comm: swapper/0 Kdump: loaded Not tainted {release} #1",
    "Hardware name: VMware, Inc. VMware Virtual Platform/440BX Desktop Reference Platform",
    "Call Trace:",
    " <NMI>",
    " dump_stack_lvl+0x34/0x48",
    " panic+0x107/0x2bb",
    " nmi_panic.cold+0xc/0xc",
    " unknown_nmi_error+0x8b/0xa0",
    " default_do_nmi+0x5c/0x120",
    " exc_nmi+0x146/0x180",
    " </NMI>",
)


def kernel_log(release: str) -> bytes:
    """More than 64 KiB of it, the panic last."""
    lines = [f"[{n / 100:12.6f}] device {n}: found and set up by its driver" for n in range(_BOOT_LINES)]
    lines += [
        f"[{_UP_SECONDS + n / 1000:.6f}] {text.format(release=release)}" for n, text in enumerate(_LAST)
    ]
    return "\n".join((f"[    0.000000] Linux version {release}", *lines, "")).encode()
