"""Whether the volume that a dump goes to has room for it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from bot.core.finding import Level
from bot.core.surroundings import Volume
from bot.guest.amounts import mib, needed_mib
from bot.guest.judging import NOT_TOLD, Judged


def volume_of(
    path: str, volumes: tuple[Volume, ...] | None, below: Callable[[str, str], bool]
) -> Volume | None:
    """The innermost that the path lies on; ``below`` compares as the guest does."""
    holding = [volume for volume in volumes or () if below(path, volume.path)]
    return max(holding, key=lambda volume: len(volume.path), default=None)


def judge_room(volume: Volume | None, expected: tuple[int, int], older: int = 0) -> Judged:
    """``older`` is what an older dump leaves that is overwritten: whether before or after is unknown."""
    if volume is None:
        return Level.UNKNOWN, NOT_TOLD
    least, most = expected
    size = needed_mib(most) if least == most else f"{mib(least)} to {needed_mib(most)}"
    seen = f"{mib(volume.free)} free on {volume.path}, {size} expected"
    if volume.free >= most:
        return Level.OK, seen
    return Level.WARN if volume.free + older >= least else Level.BLOCK, seen


def posix_below(path: str, folder: str) -> bool:
    return f"{posixpath.normpath(path)}/".startswith(posixpath.normpath(folder).rstrip("/") + "/")
