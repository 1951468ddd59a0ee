"""``vmdump doctor``: whether everything that a capture would need is there, without touching anything."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.app import open_endpoints
from bot.archive import open_database
from bot.capture.ports import Shells, VCenter
from bot.core.checkup import HostSeen, Login, Row, rows_of, rows_of_host, unreachable
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Level
from bot.messages.catalogue import sentence
from bot.settings.model import Settings
from bot.store.reading import Reader

SIGNS = {Level.OK: "ok", Level.WARN: "WARN", Level.BLOCK: "FAIL", Level.UNKNOWN: "?"}


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """0 if nothing is in the way of a capture, 1 if something is."""
    async with AsyncExitStack() as stack:
        reader, row = await _records(settings, stack)
        vcenters, shells = await stack.enter_async_context(open_endpoints(settings, reader))
        found = await asyncio.gather(*(_of(settings, vcenter, shells) for vcenter in vcenters.values()))
    rows = [row, *(row for rows in found for row in rows)]
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


async def _of(settings: Settings, vcenter: VCenter, shells: Shells) -> list[Row]:
    try:
        seen = await vcenter.examine()
    except VmdumpError as error:
        return [unreachable(vcenter.name, str(error.params.get("cause", error.code.value)), sentence(error))]
    routes = settings.vcenter(vcenter.name).routes
    logins: dict[str, Login] = {}
    if "ssh" in routes:
        logins = {host.name: await _login(shells, host) for host in seen.hosts}
    needs = {"guest"} if settings.guests else set()
    if not seen.reads_registry and any(rule.match.guest != "linux" for rule in settings.guests):
        needs.add("guest-program")
    if any(login.dead_man for login in logins.values()):
        needs.add("dead-man")
    rows = list(rows_of(vcenter.name, seen, routes, needs))
    for host in seen.hosts:
        rows += rows_of_host(host, logins.get(host.name))
    return rows


async def _login(shells: Shells, host: HostSeen) -> Login:
    try:
        way, keys = shells.way(host.name), await shells.keys(host.name)
    except VmdumpError as error:
        return Login(left_out=error.code is Code.HOST_NOT_REACHED)
    return Login(user=way.user, dead_man=way.shell_timeout is not None, keys=keys)


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
