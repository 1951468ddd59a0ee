"""The last words of a crashed Linux kernel's log, as a crash folder keeps them beside the dump."""

from __future__ import annotations

from bot.core.value import Value

TAIL = 8 << 10
"""bytes of its end that are looked at"""
LINES = 12
BEFORE = 2
"""lines above a panic that are kept: what led to it"""
LONGEST = 200
"""characters of a line"""
_PANIC = "Kernel panic - not syncing"


class KernelLog(Value):
    path: str
    lines: tuple[str, ...]
    """printable: the panic with what is around it; without one the last"""
    panic: str | None
    """the last line that says why the kernel stopped; None if the tail has none"""


def kernel_log(path: str, tail: bytes, *, cut: bool) -> KernelLog:
    """``cut``: the tail begins somewhere in the file, so that its first line is none."""
    lines = [_plain(line) for line in tail.split(b"\n")[1 if cut else 0 :]]
    lines = [line for line in lines if line]
    panics = [n for n, line in enumerate(lines) if _PANIC in line]
    if not panics:
        return KernelLog(path=path, lines=tuple(lines[-LINES:]), panic=None)
    start = max(0, panics[-1] - BEFORE)
    return KernelLog(path=path, lines=tuple(lines[start : start + LINES]), panic=lines[panics[-1]])


def _plain(line: bytes) -> str:
    text = "".join(c if c.isprintable() else " " for c in line.decode("utf-8", "replace"))
    return text.strip()[:LONGEST]
