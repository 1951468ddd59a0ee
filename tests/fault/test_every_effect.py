"""The default story, killed before and after each effect there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.capture.ports import Shell, VCenter, effects_of
from bot.core.events import NmiIntended, NmiUnknown
from bot.demo.launching import Launch
from bot.demo.stage import Stage, stage
from tests.fault import serve_and_die, test_api_route, test_arming
from tests.fault.kit import approve, end, ending_without_nmi, kinds

pytestmark = pytest.mark.slow

EFFECTS = {
    "VCenter.log_user_event": 2,
    "VCenter.make": 2,
    "Shell.send_nmi": 1,
    "VCenter.put_back": 2,
}
"""how often the default story has each"""
POINTS = [
    f"{effect}:{moment}:{n}"
    for effect, times in EFFECTS.items()
    for n in range(1, times + 1)
    for moment in ("before", "after")
]
LOST_STARTS = {"VCenter.make:before:1", "VCenter.make:before:2"}


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    async with stage(tmp_path, launch=launch) as made:
        made.program = (serve_and_die.__file__,)
        yield made


def test_every_effect_of_the_ports_is_in_a_story() -> None:
    ports = {f"{port.__name__}.{name}" for port in (VCenter, Shell) for name in effects_of(port)}
    assert ports == {*EFFECTS, test_api_route.SEND, test_arming.RESTART}


async def test_the_points_are_all_that_the_story_reaches(lab: Stage) -> None:
    await lab.start_bot()
    await approve(lab)
    await lab.closed()
    assert (lab.folder / serve_and_die.REACHED).read_text().split() == POINTS


REHEARSAL = [point for point in POINTS if not point.startswith("Shell.send_nmi")]


async def test_a_rehearsal_reaches_every_point_but_the_nmi(lab: Stage) -> None:
    await lab.start_bot()
    await approve(lab, "rehearse DumpTest")
    await lab.closed()
    assert (lab.folder / serve_and_die.REACHED).read_text().split() == REHEARSAL


@pytest.mark.parametrize("point", REHEARSAL)
async def test_a_rehearsal_killed_at(lab: Stage, point: str) -> None:
    lab.environment[serve_and_die.POINT] = point
    await lab.start_bot()
    await approve(lab, "rehearse DumpTest")
    assert lab.process is not None
    await lab.process.wait()
    assert (lab.folder / serve_and_die.DIED).exists()
    lab.program = ("-m", "bot")
    record = await end(lab, nmis=0)
    assert record["request"]["outcome"] == ("rehearsal failed" if point in LOST_STARTS else "rehearsed")
    assert NmiIntended.kind not in kinds(record)


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at(lab: Stage, point: str) -> None:
    lab.environment[serve_and_die.POINT] = point
    await lab.start_bot()
    await approve(lab)
    assert lab.process is not None
    await lab.process.wait()
    assert (lab.folder / serve_and_die.DIED).exists()
    lost_start, lost_nmi = point in LOST_STARTS, point == "Shell.send_nmi:before:1"
    lab.program = ("-m", "bot")
    record = await end(lab, nmis=0 if lost_start or lost_nmi else 1)
    # A lost start shows itself, or not; it is not tried again.
    lost = "failed before the NMI" if lost_start else ending_without_nmi(record) if lost_nmi else "captured"
    assert record["request"]["outcome"] == lost
    assert (NmiUnknown.kind in kinds(record)) is point.startswith("Shell.send_nmi")
