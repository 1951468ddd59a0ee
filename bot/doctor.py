"""``vmdump doctor``: whether everything that a capture would need is there, without touching anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from bot.app import open_tools
from bot.archive import open_database
from bot.capture.ports import VCenter
from bot.capture.tools import Tools
from bot.core.checkup import Login, Row, rows_of, rows_of_host, unreachable
from bot.core.errors import VmdumpError
from bot.core.finding import Level
from bot.messages.catalogue import sentence
from bot.settings.model import Settings

SIGNS = {Level.OK: "ok", Level.WARN: "WARN", Level.BLOCK: "FAIL", Level.UNKNOWN: "?"}


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """0 if nothing is in the way of a capture, 1 if something is."""
    async with open_database(settings, alone=False) as database, open_tools(settings, database) as tools:
        found = await asyncio.gather(*(_of(tools, vcenter) for vcenter in tools.vcenters.values()))
    rows = [row for rows, _ in found for row in rows]
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
    else:
        _print(rows)
        for errors in (errors for _, errors in found if errors):
            print(f"\n{errors}")
    return 1 if any(row.level is Level.BLOCK for row in rows) else 0


async def _of(tools: Tools, vcenter: VCenter) -> tuple[list[Row], str]:
    """The rows, and the sentence of what kept them from being read."""
    try:
        seen = await vcenter.examine()
    except VmdumpError as error:
        return [unreachable(vcenter.name, error.code, error.params)], sentence(error)
    allowed = tuple(route.value for route in tools.routes[vcenter.name])
    rows = list(rows_of(vcenter.name, seen, allowed))
    for host in seen.hosts:
        rows += rows_of_host(host, await _login(tools, host.name))
    return rows, ""


async def _login(tools: Tools, host_name: str) -> Login:
    try:
        return Login(user=tools.shells.way(host_name).user, keys=await tools.shells.keys(host_name))
    except VmdumpError:
        return Login(user=None, keys=())


def _print(rows: Iterable[Row]) -> None:
    lines = [(row.subject, row.check, SIGNS[row.level], row.seen) for row in rows]
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(3)]
    for line in lines:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False))
        print("  ".join((*cells, line[3])))
