"""Arming is killed after each commit and after each effect, and started again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.events import Armed
from bot.core.request import Outcome, Request
from tests.unit.capture.armed import REBOOT, RESTART, approved, check_armed, check_as_before, unarmed
from tests.unit.capture.site import killing, site
from tests.unit.capture.world import AWAY, LOST, World
from tests.unit.core.things import REQUEST

NEVER = 0
LONG = 7200.0
"""an approval is stale by then"""
ONCE = ("armed", "restart-intended", "restart-unsure", "restart-refused", "failed", "closed")


def well(_: World) -> None:
    """Everything works."""


def second_fails(world: World) -> None:
    world.failing = {"start": [None, AWAY]}


def start_lands_late(world: World) -> None:
    world.late = {"start": [30]}


def stop_fails(world: World) -> None:
    world.failing = {"start": [None, AWAY], "stop": [AWAY, LOST, AWAY]}


def restart_lost(world: World) -> None:
    world.lost = ["reboot"]


def restart_refused(world: World) -> None:
    world.failing = {"reboot": [AWAY]}


STORIES: dict[Callable[[World], None], Outcome] = {
    well: Outcome.ARMED,
    second_fails: Outcome.ARMING_FAILED,
    start_lands_late: Outcome.ARMED,
    stop_fails: Outcome.ARMING_FAILED,
    restart_lost: Outcome.ARMED,
    restart_refused: Outcome.ARMED,
}


async def played(
    folder: Path, story: Callable[[World], None], at: int, points: list[str], away: float
) -> Request:
    """The story, killed at the point of that number; what always holds is checked."""
    world = World()
    story(world)
    async with site(folder, world, poll=20) as lab:
        if not await lab.store.reader.living():
            await approved(lab, RESTART)
            shutil.copy(folder / "vmdump.db", folder.parent / "approved.db")
        unarmed(world)
        world.hook = killing(at, points)
        request = await lab.to_the_end(away)
        world.hook = None
        kinds = await lab.kinds()
        assert all(kinds.count(kind) <= 1 for kind in ONCE)
        if request.outcome is Outcome.ARMED:
            await check_armed(lab)
            armed = await lab.one(Armed)
            # Never claimed of a guest that was not restarted.
            assert armed.back_seconds is None or REBOOT in world.effects
        else:
            await check_as_before(lab)
            assert REBOOT not in world.effects
        return request


def also(killed_at: str, outcome: Outcome) -> set[Outcome]:
    """How it may end too: a call that perhaps went out is not made again."""
    if killed_at.startswith(f"change/{REQUEST}/") and killed_at.endswith("/intent"):
        return {outcome, Outcome.ARMING_FAILED}
    return {outcome}


STEP = 2
PARTS = [(story, 1.0, STEP) for story in STORIES if story is not well]
# Soon back, and after so long that nobody expects anything any more.
PARTS += [(well, away, 1) for away in (1.0, LONG)]


@pytest.mark.parametrize(("story", "away", "step"), PARTS, ids=lambda value: getattr(value, "__name__", None))
async def test_it_ends_right_wherever_it_is_killed(
    tmp_path: Path, story: Callable[[World], None], away: float, step: int
) -> None:
    whole: list[str] = []
    ended = await played(tmp_path / "whole", story, NEVER, whole, away)
    assert ended.outcome is STORIES[story]
    told = whole.index("restart") + 1 if "restart" in whole else len(whole)
    for at in range(1, len(whole) + 1, step):
        points: list[str] = []
        (tmp_path / str(at)).mkdir()
        shutil.copy(tmp_path / "approved.db", tmp_path / str(at) / "vmdump.db")
        ended = await played(tmp_path / str(at), story, at, points, away)
        stale = away == LONG and at < told
        right = {Outcome.ARMING_FAILED} if stale else also(points[at - 1], STORIES[story])
        assert ended.outcome in right, points[at - 1]
