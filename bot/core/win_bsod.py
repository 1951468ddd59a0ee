"""The lines that Windows leaves in a VM's ``vmware.log`` when it stops.

A Windows that knows that it is virtual hands its bug check to the hypervisor in five registers, and ESXi logs
them (seen on 7 and 8; of older hosts it is unknown whether they do, and how their lines look).
"""

from __future__ import annotations

import re

from bot.core.value import Value

NMI_HARDWARE_FAILURE = 0x80
# A guest can have its own words logged: they do not begin with one of its CPUs.
_LINE = re.compile(
    r"\S+ (?:\S+ )?vcpu-\d+(?: -|\| \S+:) "
    r"WinBSOD: Synthetic MSR\[0x4000010(?P<register>[0-4])\] 0x(?P<value>[0-9a-fA-F]{1,16})"
)


class BugCheck(Value):
    code: int
    parameters: tuple[int, ...]
    """those that are in the log: four of a whole one"""
    lines: tuple[str, ...]
    """to the letter"""


def read_bug_check(log: str) -> BugCheck | None:
    """The first bug check in a piece of a log; None where there is none. Never raises."""
    lines: list[str] = []
    values: list[int] = []
    for line in log.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is None or int(found["register"]) != len(values):
            continue
        lines.append(line.strip())
        values.append(int(found["value"], 16))
    if not values:
        return None
    return BugCheck(code=values[0], parameters=tuple(values[1:]), lines=tuple(lines))
