"""A capture by vCenter's own call, killed before and after each kind of effect in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.events import NmiUnknown
from bot.demo.condition import condition_of, differences
from bot.demo.launching import Launch
from bot.demo.stage import Stage, stage
from bot.demo.worlds import MODERN
from tests.fault import serve_and_die
from tests.fault.kit import approve, ending_without_nmi, kinds

pytestmark = pytest.mark.slow

ASKS = "PayDB support case 4711"
SEND = "VCenter.send_nmi"
POINTS = [
    f"{effect}:{moment}:1"
    for effect in ("VCenter.make", SEND, "VCenter.put_back")
    for moment in ("before", "after")
]
LOST_START = "VCenter.make:before:1"


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    async with stage(tmp_path, world=MODERN, launch=launch) as made:
        made.program = (serve_and_die.__file__,)
        yield made


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at(lab: Stage, point: str) -> None:
    """HA and DRS are what is changed; at most one NMI goes out, and all is put back."""
    before = condition_of(lab.worlds)
    lab.environment[serve_and_die.POINT] = point
    await lab.start_bot()
    await approve(lab, ASKS)
    assert lab.process is not None
    await lab.process.wait()
    assert (lab.folder / serve_and_die.DIED).exists()
    lab.program = ("-m", "bot")
    await lab.start_bot()
    record = await lab.closed()
    went_out = point not in {LOST_START, f"{SEND}:before:1"}
    assert [(nmi.vm, nmi.via) for nmi in lab.world.nmis] == [("PayDB", "api")] * went_out
    assert differences(before, condition_of(lab.worlds)) == []
    closed = record["entries"][-1]["data"]
    assert closed["restored"] == closed["changes"]
    if went_out:
        assert record["request"]["outcome"] == "captured"
    else:
        lost = point == LOST_START
        ending = "failed before the NMI" if lost else ending_without_nmi(record)
        assert record["request"]["outcome"] == ending
    assert (NmiUnknown.kind in kinds(record)) is point.startswith(SEND)
    status, output = await lab.verify(record["request"]["id"])
    assert status == 0, output
