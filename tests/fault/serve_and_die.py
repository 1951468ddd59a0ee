"""``vmdump serve`` that ends itself by SIGKILL at one point of one effect, the first time it gets there.

Which points there are is not written down anywhere: every point that is reached is noted in a file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from bot.app import serve
from bot.settings.loading import load

POINT = "VMDUMP_TEST_DIE_AT"
REACHED = "points"
DIED = "died"


class Dying:
    """Counts the effects of this process; points are ``VCenter.make:before:2``."""

    def __init__(self, folder: Path, point: str) -> None:
        self._folder = folder
        self._point = point
        self._seen: Counter[str] = Counter()

    async def before(self, effect: str) -> None:
        self._seen[effect] += 1
        self._pass(f"{effect}:before:{self._seen[effect]}")

    async def after(self, effect: str) -> None:
        self._pass(f"{effect}:after:{self._seen[effect]}")

    def _pass(self, point: str) -> None:
        with (self._folder / REACHED).open("a") as reached:
            reached.write(point + "\n")
        died = self._folder / DIED
        if point == self._point and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Arguments as ``vmdump serve`` has them: only ``--config`` files here."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    files = [Path(word) for word in sys.argv[1:] if word not in {"serve", "--config"}]
    asyncio.run(serve(load(files), Dying(Path.cwd(), os.environ.get(POINT, ""))))


if __name__ == "__main__":
    main()
