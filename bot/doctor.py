"""``vmdump doctor``: whether everything that a capture would need is there, without touching anything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.app import open_endpoints
from bot.archive import open_database
from bot.core.checkup import Row
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Level
from bot.examination import look
from bot.messages.catalogue import sentence
from bot.settings.model import Settings
from bot.store.reading import Reader

SIGNS = {Level.OK: "ok", Level.WARN: "WARN", Level.BLOCK: "FAIL", Level.UNKNOWN: "?"}


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """0 if nothing is in the way of a capture, 1 if something is."""
    async with AsyncExitStack() as stack:
        reader, row = await _records(settings, stack)
        vcenters, shells = await stack.enter_async_context(open_endpoints(settings, reader))
        rows = [row, *await look(settings, vcenters, shells)]
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
    else:
        _print(rows)
    return 1 if any(row.level is Level.BLOCK for row in rows) else 0


async def _records(settings: Settings, stack: AsyncExitStack) -> tuple[Reader | None, Row]:
    """The database, which has the keys that admins pinned; before the first start there is none."""
    row = Row(subject="database", check="readable", level=Level.OK, seen="yes")
    try:
        database = await stack.enter_async_context(open_database(settings, alone=False))
    except VmdumpError as error:
        worse = {"level": Level.BLOCK, "seen": error.code.value, "cure": sentence(error)}
        if error.code is Code.DATABASE_OLDER and error.params["found"] == 0:
            cure = "start `vmdump serve` once; until then no pinned key is known"
            worse = {"level": Level.WARN, "seen": "not there yet", "cure": cure}
        return None, row.model_copy(update=worse)
    return Reader(database), row


def _print(rows: Sequence[Row]) -> None:
    lines = [(row.subject, row.check, SIGNS[row.level], row.seen) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for row, line in zip(rows, lines, strict=True):
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False))
        print("  ".join((*cells, line[3])))
        if row.cure:
            print(" " * (sum(widths) + 6) + f"-> {row.cure}")
    counted = Counter(row.level for row in rows)
    print(", ".join(f"{counted[level]} {sign}" for level, sign in SIGNS.items() if counted[level]))
