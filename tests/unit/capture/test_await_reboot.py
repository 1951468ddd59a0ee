"""The guest writes its dump and comes back, or does not."""

from __future__ import annotations

import pytest

from bot.core.events import CrashSeen, DumpWritten, NotBack, Rebooted
from bot.core.request import Outcome, State
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, DOWN, World
from tests.unit.core.things import signs


def blue_now(world: World) -> None:
    """The screen is blue at once, while vCenter still shows the heartbeat of before."""
    world.screen = b"blue screen"


async def crashed(lab: Site) -> None:
    await lab.approved()
    assert (await lab.run(until="await dump")).state is State.CRASHED


async def test_the_restart_ends_the_dump_and_the_tools_end_the_restart(lab: Site) -> None:
    await crashed(lab)
    assert (await lab.run(until="verify")).state is State.REBOOTED
    written, back = await lab.one(DumpWritten), await lab.one(Rebooted)
    assert (written.after_seconds, written.sign) == (55, "reboot-event")
    assert (back.after_seconds, back.family) == (30, "windows")


async def test_a_heartbeat_that_is_left_over_from_before_is_no_return(lab: Site) -> None:
    lab.world.on_nmi = lambda: blue_now(lab.world)
    await crashed(lab)
    lab.world.after(45, lambda: setattr(lab.world, "signs", signs(**DOWN)))
    lab.world.after(200, lab.world.come_up)
    lab.world.after(200, lambda: setattr(lab.world, "screen", b"other"))
    assert (await lab.run(until="verify")).state is State.REBOOTED
    assert (await lab.one(DumpWritten)).after_seconds == 200


@pytest.mark.parametrize("silent", [True, False])
async def test_tools_that_answer_again_are_a_sign_once_they_can_be_new(lab: Site, silent: bool) -> None:
    """vCenter tells of a crashed kernel and of nothing else; the restart passes unseen."""
    lab.world.on_nmi = lambda: setattr(lab.world, "signs", signs(kernel_crashed=True))
    await crashed(lab)
    if silent:
        lab.world.after(10, lambda: setattr(lab.world, "signs", signs(**DOWN)))
    lab.world.after(60, lambda: setattr(lab.world, "signs", signs()))
    await lab.run(until="verify")
    written = await lab.one(DumpWritten)
    assert written.sign == "tools-back"
    assert written.after_seconds == (60 if silent else 125)


async def test_a_bot_that_was_away_goes_on_from_what_it_finds(lab: Site) -> None:
    await crashed(lab)
    await lab.world.pause(3600)
    assert (await lab.run(until="verify")).state is State.REBOOTED
    assert (await lab.one(DumpWritten)).after_seconds >= 3600


async def test_a_vcenter_that_is_away_is_waited_for(lab: Site) -> None:
    await crashed(lab)
    lab.world.always_failing = {"signs": AWAY, "happenings": AWAY, "screenshot": AWAY}
    lab.world.after(300, lab.world.always_failing.clear)
    assert (await lab.run(until="verify")).state is State.REBOOTED


@pytest.mark.parametrize("restarts", [True, False])
async def test_a_guest_that_does_not_come_back_ends_as_unknown(lab: Site, restarts: bool) -> None:
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    if restarts:
        lab.world.after(30, lambda: lab.world.happening("VmGuestRebootEvent"))
    ended = await lab.run(until="finish")
    assert (ended.state, ended.outcome) == (State.ENDING, Outcome.UNKNOWN)
    left = await lab.one(NotBack)
    assert left.last == ("dump written" if restarts else "crash seen")
    assert left.waited_seconds == pytest.approx(lab.tools.times.dump, abs=lab.tools.times.poll)
    assert (await lab.one(CrashSeen)).vm == left.vm
