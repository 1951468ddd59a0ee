"""A capture is killed after each commit and after each effect, and started again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.request import Outcome, Request
from tests.unit.capture.site import killing, site
from tests.unit.capture.world import AWAY, LOST, SENT, World
from tests.unit.core.things import BSOD, dump_file, target

NEVER = 0


def well(_: World) -> None:
    """Everything works."""


def older_dump(world: World) -> None:
    world.file = dump_file(modified_at=dump_file().modified_at.replace(month=2))


def ignored(world: World) -> None:
    world.on_nmi = None


def answer_lost(world: World) -> None:
    world.answer = SENT.model_copy(update={"answer": "unknown", "output": ""})


def refused(world: World) -> None:
    world.answer, world.on_nmi = SENT.model_copy(update={"answer": "not sent"}), None


def start_lost(world: World) -> None:
    world.lost = ["start"]


def start_fails(world: World) -> None:
    world.failing = {"start": [None, AWAY]}


def start_lands_late(world: World) -> None:
    world.late = {"start": [None, 30]}


def stop_fails(world: World) -> None:
    world.failing = {"stop": [AWAY, LOST, AWAY, AWAY]}


def on_already(world: World) -> None:
    world.set_service("TSM", running=True)


def reset_by_ha(world: World) -> None:
    """In the middle of its dump, with all that can be seen of that."""

    def crash() -> None:
        world.after(1, world._blue)
        world.log_lines(BSOD)
        world.after(50, reset)
        world.after(80, world.come_up)

    def reset() -> None:
        world.happening("VmDasBeingResetEvent")
        world.go_down()

    world.on_nmi, world.write_rate = crash, 88_000_000


STORIES: dict[Callable[[World], None], Outcome] = {
    well: Outcome.CAPTURED,
    older_dump: Outcome.CAPTURED,
    ignored: Outcome.NO_CRASH,
    answer_lost: Outcome.CAPTURED,
    refused: Outcome.FAILED,
    start_lost: Outcome.CAPTURED,
    start_fails: Outcome.FAILED,
    start_lands_late: Outcome.CAPTURED,
    stop_fails: Outcome.CAPTURED,
    on_already: Outcome.CAPTURED,
    reset_by_ha: Outcome.CAPTURED,
}
ONCE = ("crash-seen", "log-read", "befell", "dump-cut", "dump-written", "rebooted")


def also(killed_at: str, outcome: Outcome) -> set[Outcome]:
    """How it may end too: a call that perhaps went out is not made again."""
    if killed_at.startswith("change/"):
        return {outcome, Outcome.FAILED}
    if killed_at == "nmi":
        return {Outcome.NO_CRASH}
    if outcome is Outcome.FAILED and killed_at == "call nmi":
        return {Outcome.NO_CRASH}
    return {outcome}


async def played(folder: Path, story: Callable[[World], None], at: int, points: list[str]) -> Request:
    """The story, killed at the point of that number; what always holds is checked."""
    world = World()
    story(world)
    async with site(folder, world, poll=20) as lab:
        if not await lab.store.reader.living():
            await lab.approved()
            shutil.copy(folder / "vmdump.db", folder.parent / "approved.db")
        world.hook = killing(at, points)
        request = await lab.to_the_end()
        world.hook = None
        await lab.check_the_end()
        kinds = await lab.kinds()
        assert all(kinds.count(kind) <= 1 for kind in ONCE)
        assert ("dump-cut" in kinds) is ("befell" in kinds)
        assert world.running == (["TSM"] if story is on_already else [])
        return request


STEP = 3
# All points of the first story; of the others, which differ from it in a part, every third.
PARTS = [(story, place % STEP) for place, story in enumerate(STORIES)]
PARTS += [(well, place) for place in range(1, STEP)]


@pytest.mark.parametrize(("story", "first"), PARTS, ids=lambda value: getattr(value, "__name__", None))
async def test_it_ends_right_wherever_it_is_killed(
    tmp_path: Path, story: Callable[[World], None], first: int
) -> None:
    whole: list[str] = []
    ended = await played(tmp_path / "whole", story, NEVER, whole)
    assert ended.outcome is STORIES[story]
    for at in range(1 + first, len(whole) + 1, STEP):
        points: list[str] = []
        (tmp_path / str(at)).mkdir()
        shutil.copy(tmp_path / "approved.db", tmp_path / str(at) / "vmdump.db")
        ended = await played(tmp_path / str(at), story, at, points)
        assert ended.outcome in also(points[at - 1], STORIES[story]), points[at - 1]


async def test_a_plan_that_changed_is_put_to_the_vote_once_wherever_it_is_killed(tmp_path: Path) -> None:
    """Killed up to the first change of the plan that was approved anew; what follows is as in any capture."""
    whole: list[str] = []
    await moved(tmp_path / "whole", NEVER, whole)
    last = next(n for n, point in enumerate(whole, start=1) if point.startswith("change/"))
    for at in range(1, last + 1):
        points: list[str] = []
        await moved(tmp_path / str(at), at, points)


async def moved(folder: Path, at: int, points: list[str]) -> None:
    world = World()
    async with site(folder, world, poll=20) as lab:
        await lab.approved()
        there = target(host_moid="host-7", host_name="esx-07.example.com")
        world.machine = world.machine.model_copy(update={"target": there})
        world.hook = killing(at, points)
        again = await lab.to_the_vote()
        assert (again.round, again.approved_at, world.effects) == (2, None, [])
        await lab.approve()
        ended = await lab.to_the_end()
        world.hook = None
        await lab.check_the_end()
        assert (await lab.kinds()).count("planned") == 1
        assert ended.outcome in also(points[at - 1] if at else "", Outcome.CAPTURED)
        assert sum(effect.startswith("nmi") for effect in world.effects) <= 1
