"""A Windows is armed with a restart, and disarmed, killed at its effects: it is armed, or as before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.condition import Condition, condition_of, differences
from bot.demo.launching import Launch
from bot.demo.settings import change_settings
from bot.demo.stage import Stage, stage
from bot.demo.stories.readiness import STORIES, disarmed
from tests.fault import serve_and_die
from tests.fault.kit import approve, check_record, kinds

pytestmark = pytest.mark.slow

STORY = next(story for story in STORIES if story.name == "arm-windows")
RESTART = "VCenter.reboot_guest"
LOST_START = "VCenter.make:before:2"
POINTS = {
    "VCenter.make:after:1": 1,
    LOST_START: 0,
    f"{RESTART}:before:1": 0,
    f"{RESTART}:after:1": 1,
    "VCenter.put_back:after:1": 1,
}
"""where the bot is killed, and how often the guest is restarted"""
OF_DISARMING = "VCenter.put_back"


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    async with stage(tmp_path, world=STORY.world, launch=launch) as made:
        await STORY.prepare(made)
        # A restart that nobody asked for is not waited for as long as one of a real guest.
        change_settings(made, lambda site: site["watch"].update(dump="5s"))
        made.program = (serve_and_die.__file__,)
        yield made


async def killed(lab: Stage) -> None:
    """Waits until the bot has killed itself, and starts one that does not."""
    assert lab.process is not None
    await lab.process.wait()
    assert (lab.folder / serve_and_die.DIED).exists()
    lab.program = ("-m", "bot")
    await lab.start_bot()


async def check(lab: Stage, record: dict[str, Any], before: Condition, restarts: int) -> None:
    await check_record(lab, record)
    assert lab.world.nmis == []
    assert sum(effect.call == "RebootGuest" for effect in lab.world.effects) == restarts
    assert kinds(record).count("restart-intended") == (0 if is_failed(record) else 1)
    assert (differences(before, condition_of(lab.worlds)) == []) is (
        is_failed(record) or "disarmed" in kinds(record)
    )


def is_failed(record: dict[str, Any]) -> bool:
    return bool(record["request"]["outcome"] == "arming failed")


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at(lab: Stage, point: str) -> None:
    before = condition_of(lab.worlds)
    lab.environment[serve_and_die.POINT] = point
    await lab.start_bot()
    await approve(lab, STORY.asks)
    if not point.startswith(OF_DISARMING):
        await killed(lab)
        record = await lab.closed()
        # A lost start shows itself, or not; it is not tried again.
        assert is_failed(record) is (point == LOST_START)
        closed = record["entries"][-1]["data"]
        assert (closed["kept"], closed["restored"]) == ((0, 2) if is_failed(record) else (2, 0))
    else:
        await lab.said("Closed: armed")
        await lab.ask("disarm DumpTest")
        await killed(lab)
        record = await disarmed(lab)
        assert kinds(record).count("disarmed") == 1
    await check(lab, record, before, POINTS[point])
