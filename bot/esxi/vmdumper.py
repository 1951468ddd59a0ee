"""``/sbin/vmdumper <World ID> nmi``, and what its answer means.

The line that looks like success is printed before anything is tried: for a world that is not there a second
line follows it. So success is that line alone. What vmdumper prints for busy VMs, and its exit statuses, are
unknown: whatever else comes is ``UNKNOWN``, and an exit status is not consulted beyond having arrived.
"""

from __future__ import annotations

from bot.capture.ports import NmiAnswer, NmiReport
from bot.esxi.command import Ran

_SENDING = "Sending NMI to guest..."
_INVALID = "Invalid world"
_LONGEST = 2000
"""characters of output that a record keeps"""
OUTPUT_LIMIT = 64 << 10


def command(world_id: int) -> str:
    """Raises ``ValueError`` for anything but a positive integer: nothing else may reach a shell."""
    if type(world_id) is not int or not 0 < world_id < 1 << 31:
        raise ValueError("a World ID is a positive integer")
    return f"/sbin/vmdumper {world_id:d} nmi"


def report(ran: Ran) -> NmiReport:
    output = ran.output.decode("utf-8", errors="replace")
    return NmiReport(answer=_answer(output, ran), output=_printable(output))


def _answer(output: str, ran: Ran) -> NmiAnswer:
    if not ran.whole:
        return NmiAnswer.UNKNOWN
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if lines == [_SENDING]:
        return NmiAnswer.SENT
    if lines and _INVALID in lines[-1] and lines[:-1] in ([], [_SENDING]):
        return NmiAnswer.NOT_SENT
    return NmiAnswer.UNKNOWN


def _printable(output: str) -> str:
    shown = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in output)
    return shown.strip()[:_LONGEST]
