"""Whether two lists of the same host say the same."""

from __future__ import annotations

import pytest

from bot.core.finding import Level
from bot.core.rehearsal import DumperList, DumperRow, agreement
from tests.unit.core.things import VMX, WORLD_ID, world

OTHER = (WORLD_ID + 1, VMX)


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        (((WORLD_ID, VMX), OTHER), Level.OK),
        ((), Level.UNKNOWN),
        (((WORLD_ID, None), OTHER), Level.UNKNOWN),
        ((OTHER,), Level.WARN),
        (((WORLD_ID, "/vmfs/volumes/a/other.vmx"),), Level.WARN),
    ],
)
def test_agreement(rows: tuple[tuple[int, str | None], ...], level: Level) -> None:
    listed = DumperList(rows=tuple(DumperRow(world_id=w, config_file=f) for w, f in rows), unread=0)
    assert agreement(world(), listed) is level
