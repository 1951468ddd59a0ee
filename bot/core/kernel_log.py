"""The last lines of a crashed Linux kernel's log, as a crash folder keeps them beside the dump."""

from __future__ import annotations

from bot.core.value import Value

TAIL = 8 << 10
"""bytes of its end that are looked at"""
LINES = 12
LONGEST = 200
"""characters of a line"""
_PANIC = "Kernel panic - not syncing"


class KernelLog(Value):
    path: str
    lines: tuple[str, ...]
    """the last ones, printable; the panic's own in place of the first of them, if it is above"""
    panic: str | None
    """the last line that says why the kernel stopped; None if the tail has none"""


def kernel_log(path: str, tail: bytes, *, cut: bool) -> KernelLog:
    """``cut``: the tail begins somewhere in the file, so that its first line is none."""
    lines = [_plain(line) for line in tail.split(b"\n")[1 if cut else 0 :]]
    lines = [line for line in lines if line]
    panic = next((line for line in reversed(lines) if _PANIC in line), None)
    last = lines[-LINES:]
    if panic is not None and panic not in last:
        last[0] = panic
    return KernelLog(path=path, lines=tuple(last), panic=panic)


def _plain(line: bytes) -> str:
    text = "".join(c if c.isprintable() else " " for c in line.decode("utf-8", "replace"))
    return text.strip()[:LONGEST]
