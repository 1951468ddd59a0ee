"""What a rehearsal looks at, and how it went."""

from __future__ import annotations

from bot.core.finding import Level
from bot.core.value import Value
from bot.core.worlds import World


class Part(Value):
    """One part of a rehearsal; the words of each name are in ``messages``."""

    name: str
    """``services-started``, ``login``, ``process-list``, ``identity``, ``vmdumper``, ``services-stopped``"""
    seconds: float
    level: Level = Level.OK
    seen: str = ""


class DumperRow(Value):
    """A row of ``vmdumper -l``, as far as it could be read."""

    world_id: int
    config_file: str | None


class DumperList(Value):
    """What ``vmdumper -l`` printed. It is compared, and selects nothing."""

    rows: tuple[DumperRow, ...]
    unread: int
    """lines that are no rows of a form that is known"""


def agreement(world: World, listed: DumperList) -> Level:
    """Whether ``vmdumper -l`` shows the world of the process list, with the same vmx path.

    Unknown where nothing could be read that would say so: the form of the list is known at second hand only.
    """
    found = [row for row in listed.rows if row.world_id == world.world_id]
    if any(row.config_file == world.config_file for row in found):
        return Level.OK
    if not listed.rows or any(row.config_file is None for row in found):
        return Level.UNKNOWN
    return Level.WARN
