"""Whether the volume that a dump goes to has room for it."""

from __future__ import annotations

from bot.core.finding import Level
from bot.core.surroundings import Volume
from bot.core.surroundings_readiness import volume_of
from bot.guest.amounts import mib, needed_mib
from bot.guest.judging import NOT_TOLD, Judged


def holding(path: str | None, volumes: tuple[Volume, ...] | None) -> Volume | None:
    """None where the path, or the volume that it lies on, is not told."""
    return None if path is None else volume_of(path, volumes or ())


def judge_room(volume: Volume | None, expected: tuple[int, int], older: int = 0) -> Judged:
    """``older`` is what an older dump leaves that is overwritten: whether before or after is unknown."""
    if volume is None:
        return Level.UNKNOWN, NOT_TOLD
    least, most = expected
    seen = f"{mib(volume.free)} free on {volume.path}, {mib(least)} to {needed_mib(most)} expected"
    if volume.free >= most:
        return Level.OK, seen
    return Level.WARN if volume.free + older >= least else Level.BLOCK, seen
