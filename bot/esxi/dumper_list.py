"""``/sbin/vmdumper -l``: what can be read of it.

No public page shows a whole line: the form is put together from scripts that take lines apart [second-hand].
``vmid=`` begins them on 4.x, ``wid=`` later; ``cfgFile="…"`` is there on 4.x, and likely since. So every part
but the World ID may be missing, and a line of another form is counted, not guessed at. A VM's name may hold
anything, also what looks like a path; it stands behind the path, so the first one counts.
"""

from __future__ import annotations

import re

from bot.core.rehearsal import DumperList, DumperRow

COMMAND = "/sbin/vmdumper -l"
NOT_RUN = frozenset({126, 127})
"""exit statuses with which a shell says that there is no such program, or that it may not be run"""
_WORLD = re.compile(r"\s*(?:wid|vmid)=(\d{1,10})(?=\s|$)", re.ASCII)
_PATH = re.compile(r'\s(?:cfgFile|configFile)="([^"]*)"')
_NAME = re.compile(r"\sdisplayName=")


def parse(output: bytes) -> DumperList:
    """Never raises, whatever was printed."""
    rows: list[DumperRow] = []
    unread = 0
    for line in output.decode("utf-8", errors="replace").split("\n"):
        begins = _WORLD.match(line)
        if begins is not None:
            rows.append(DumperRow(world_id=int(begins[1]), config_file=_path(line)))
        elif line.strip():
            unread += 1
    return DumperList(rows=tuple(rows), unread=unread)


def _path(line: str) -> str | None:
    found = _PATH.search(_NAME.split(line, maxsplit=1)[0])
    return found[1] if found else None
