"""``esxcli vm process list`` as plain text, for hosts whose XML cannot be read.

A VM's name may hold anything, line breaks too, and could look like rows of its own. So the six lines must
follow each other to the letter, and a list with anything else in it is refused as a whole.
"""

from __future__ import annotations

import re

from bot.core.worlds import World
from bot.esxi.process_list_error import ProcessListError

COMMAND = "esxcli vm process list"
_LINES = (
    re.compile(r"   World ID: (\d+)", re.ASCII),
    re.compile(r"   Process ID: (\d+)", re.ASCII),
    re.compile(r"   VMX Cartel ID: (\d+)", re.ASCII),
    re.compile(r"   UUID: ([0-9a-f]{2}(?:[ -][0-9a-f]{2}){15})"),
    re.compile(r"   Display Name: (.*)"),
    re.compile(r"   Config File: (.*)"),
)


def parse_text(output: bytes) -> tuple[World, ...]:
    """Raises ``ProcessListError``."""
    try:
        lines = output.decode("utf-8").split("\n")
    except UnicodeDecodeError as e:
        raise ProcessListError(f"not UTF-8 at byte {e.start}") from None
    worlds: list[World] = []
    at = 0
    while at < len(lines):
        # Rows are parted by an empty line, on some hosts by one with a blank in it.
        if not lines[at].strip():
            at += 1
            continue
        worlds.append(_row(lines, at))
        at += 1 + len(_LINES)
    return tuple(worlds)


def _row(lines: list[str], at: int) -> World:
    values: list[str] = []
    for i, pattern in enumerate(_LINES, start=at + 1):
        found = pattern.fullmatch(lines[i].removesuffix("\r")) if i < len(lines) else None
        if found is None:
            raise ProcessListError(f"line {i + 1} is not what belongs there")
        values.append(found[1])
    world_id, _, cartel_id, uuid, name, config_file = values
    if lines[at].strip() != name.strip():
        raise ProcessListError(f"line {at + 1} is another name than its row's")
    return World(
        world_id=int(world_id),
        cartel_id=int(cartel_id),
        uuid=uuid,
        display_name=name,
        config_file=config_file,
    )
