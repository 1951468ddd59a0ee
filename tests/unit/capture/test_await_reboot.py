"""The guest writes its dump and comes back, or does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from bot.capture.progress import MOST, due
from bot.capture.waiting import STAYS
from bot.core.events import Befell, Closed, CrashSeen, DumpCut, DumpProgress, DumpWritten, NotBack, Rebooted
from bot.core.request import Outcome, State
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, DOWN, Killed, World
from tests.unit.core.things import signs


def killing_at(key: str) -> Callable[[str], Awaitable[None]]:
    """Kills once that key is committed."""

    async def hook(point: str) -> None:
        if point == key:
            raise Killed(point)

    return hook


def panic(world: World) -> None:
    """A Linux guest's: the colours of its console prove nothing."""
    world.signs, world.screen = signs(**DOWN, kernel_crashed=True), b"panic"


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


async def test_a_guest_that_came_back_while_the_bot_was_away_is_not_given_up(lab: Site) -> None:
    """The time is over, and no event tells of its restart."""
    lab.world.on_nmi = lambda: panic(lab.world)
    await crashed(lab)
    await lab.world.pause(3600)
    lab.world.signs = signs()
    assert (await lab.run(until="verify")).state is State.REBOOTED
    assert (await lab.one(DumpWritten)).sign == "tools-back"


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
    whole = lab.tools.times.dump_of(4096)
    assert whole == lab.tools.times.dump + 4 * lab.tools.times.dump_per_gib
    assert left.waited_seconds == pytest.approx(whole, abs=lab.tools.times.poll)
    assert (await lab.one(CrashSeen)).vm == left.vm
    assert left.power == "poweredOn"
    assert left.signs.kernel_crashed
    assert await lab.store.reader.picture(left.picture) == b"blue screen"


async def test_a_bot_that_was_killed_in_the_middle_waits_until_the_same_moment(lab: Site) -> None:
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    lab.world.hook = killing_at("progress/3")
    with pytest.raises(Killed):
        await lab.run(until="finish")
    await lab.world.pause(600)
    await lab.run(until="finish")
    whole = lab.tools.times.dump_of(4096)
    assert (await lab.one(NotBack)).waited_seconds == pytest.approx(whole, abs=lab.tools.times.poll)


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("VmDasBeingResetWithScreenshotEvent", "ha-reset"),
        ("VmDasBeingResetEvent", "ha-reset"),
        ("VmRestartedOnAlternateHostEvent", "restarted-elsewhere"),
        ("VmResettingEvent", "reset"),
    ],
)
async def test_a_reset_from_outside_cuts_the_dump(lab: Site, kind: str, by: str) -> None:
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    picture = "[nfs01] DumpTest/ha.png" if "Screenshot" in kind else None
    lab.world.after(25, lambda: lab.world.happening(kind, user="dora", screenshot=picture))
    lab.world.after(25, lab.world.go_down)
    lab.world.write_rate = 88_000_000
    lab.world.after(25, lambda: setattr(lab.world, "write_rate", 0))
    lab.world.after(60, lab.world.come_up)
    assert (await lab.run(until="verify")).state is State.REBOOTED
    befell = await lab.one(Befell)
    assert (befell.what, befell.user, befell.screenshot) == (by, "dora", picture)
    cut = await lab.one(DumpCut)
    assert (cut.by, cut.after_seconds, cut.rate) == (by, 25, 88_000_000)
    assert DumpWritten.kind not in await lab.kinds()
    assert (await lab.one(Rebooted)).after_seconds == 35


async def test_a_reset_that_vcenter_tells_of_a_little_later_cuts_the_dump_too(lab: Site) -> None:
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    lab.world.after(25, lab.world.go_down)
    lab.world.after(27, lambda: lab.world.happening("VmDasBeingResetEvent"))
    lab.world.after(60, lab.world.come_up)
    await lab.run(until="verify")
    cut = await lab.one(DumpCut)
    assert (cut.by, cut.after_seconds) == ("ha-reset", 25)
    assert DumpWritten.kind not in await lab.kinds()


async def test_a_reset_after_the_guest_restarted_by_itself_is_named_and_cuts_nothing(lab: Site) -> None:
    await crashed(lab)
    lab.world.after(70, lambda: lab.world.happening("VmDasBeingResetEvent"))
    await lab.run(until="verify")
    assert (await lab.one(DumpWritten)).sign == "reboot-event"
    assert (await lab.one(Befell)).what == "ha-reset"


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize(
    ("power", "kind"), [("poweredOff", "VmPoweredOffEvent"), ("suspended", "VmSuspendedEvent")]
)
async def test_a_machine_that_stays_off_is_not_waited_for(
    lab: Site, restarts: bool, power: str, kind: str
) -> None:
    def stops() -> None:
        lab.world.signs = signs(**DOWN, power=power, kernel_crashed=True)
        lab.world.happening(kind)

    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    if restarts:
        lab.world.after(20, lambda: lab.world.happening("VmGuestRebootEvent"))
    lab.world.after(40, stops)
    ended = await lab.run(until="finish")
    assert (ended.state, ended.outcome) == (State.ENDING, Outcome.UNKNOWN)
    left = await lab.one(NotBack)
    assert (left.power, left.signs.power) == (power, power)
    assert left.waited_seconds == 40 + (STAYS - 1) * lab.tools.times.poll
    assert (await lab.one(Befell)).what == ("powered-off" if power == "poweredOff" else "suspended")
    assert DumpCut.kind not in await lab.kinds()


async def test_a_machine_that_is_switched_off_and_on_is_waited_for_and_its_dump_is_cut(lab: Site) -> None:
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)

    def off() -> None:
        lab.world.signs = signs(**DOWN, power="poweredOff")
        lab.world.happening("VmPoweredOffEvent")

    lab.world.after(20, off)
    lab.world.after(40, lambda: lab.world.happening("VmPoweredOnEvent"))
    lab.world.after(40, lab.world.go_down)
    lab.world.after(80, lab.world.come_up)
    assert (await lab.run(until="verify")).state is State.REBOOTED
    assert (await lab.one(DumpCut)).by == "powered-off"
    assert [e.what for e in await lab.events() if isinstance(e, Befell)] == ["powered-off", "powered-on"]


async def test_a_second_crash_and_a_move_are_named_in_the_thread_and_in_the_ending(lab: Site) -> None:
    await crashed(lab)
    lab.world.happening("VmGuestOSCrashedEvent")
    lab.world.after(70, lambda: lab.world.happening("VmGuestOSCrashedEvent"))
    lab.world.after(75, lambda: lab.world.happening("DrsVmMigratedEvent"))
    await lab.to_the_end()
    assert [e.what for e in await lab.events() if isinstance(e, Befell)] == ["crashed-again", "migrated"]
    assert (await lab.one(Closed)).befell == ("crashed-again", "migrated")


async def test_what_befalls_it_after_it_came_back_is_in_the_record_too(lab: Site) -> None:
    await crashed(lab)
    await lab.run(until="verify")
    lab.world.happening("VmResettingEvent")
    await lab.to_the_end()
    assert (await lab.one(Closed)).befell == ("reset",)


async def test_a_vcenter_that_is_away_at_the_end_does_not_keep_the_record_open(lab: Site) -> None:
    await crashed(lab)
    await lab.run(until="finish")
    lab.world.always_failing = {"happenings": AWAY}
    assert (await lab.to_the_end()).state is State.CLOSED


async def test_a_second_blue_screen_is_a_second_crash_where_vcenter_has_no_event_for_it(lab: Site) -> None:
    def blue_again() -> None:
        lab.world.signs, lab.world.screen = signs(**DOWN, kernel_crashed=None), b"blue screen"

    lab.world.on_nmi = blue_again
    await crashed(lab)
    lab.world.after(20, lab.world.go_down)
    lab.world.after(25, lambda: lab.world.happening("VmGuestRebootEvent"))
    lab.world.after(45, blue_again)
    lab.world.after(90, lab.world.come_up)
    await lab.run(until="verify")
    assert (await lab.one(Befell)).what == "crashed-again"


def test_progress_is_told_early_and_then_ever_more_seldom() -> None:
    told: dict[int, int] = {}
    for seconds in range(86400):
        told.setdefault(due(seconds, 140), seconds)
    assert list(told) == list(range(MOST + 1))
    assert list(told.values())[1:] == [35 * 2**n for n in range(MOST)]
    assert next(s for s in range(999) if due(s, 100_000)) == 60


async def test_progress_is_told_with_the_newest_picture_and_not_again_after_a_restart(lab: Site) -> None:
    lab.world.on_nmi = lambda: panic(lab.world)
    await crashed(lab)
    for seconds in (30, 60, 100):
        lab.world.after(seconds, partial(setattr, lab.world, "screen", f"panic {seconds}".encode()))
    lab.world.hook = killing_at("progress/2")
    with pytest.raises(Killed):
        await lab.run(until="verify")
    lab.world.hook = None
    lab.world.after(90, lab.world.reboot)
    await lab.run(until="verify")
    told = [e for e in await lab.events() if isinstance(e, DumpProgress)]
    assert [p.after_seconds for p in told] == [35, 70, 140]
    shown = [await lab.store.reader.picture(p.picture or "") for p in told]
    assert shown == [b"panic 30", b"panic 60", b"panic 100"]
    assert told[0].expected_seconds == (140, 474)
    assert [(p.rate, p.written) for p in told] == [(None, None)] * 3


async def test_the_amount_so_far_is_computed_from_the_rates_after_the_crash(lab: Site) -> None:
    lab.world.write_rate = 1
    lab.world.on_nmi = lambda: panic(lab.world)
    await crashed(lab)
    lab.world.after(20, lambda: setattr(lab.world, "write_rate", 80_000_000))
    lab.world.after(45, lambda: setattr(lab.world, "write_rate", 40_000_000))
    lab.world.after(72, lab.world.reboot)
    await lab.run(until="verify")
    told = [e for e in await lab.events() if isinstance(e, DumpProgress)]
    assert [(p.rate, p.written) for p in told] == [
        (80_000_000, 35 * 80_000_000),
        # Five readings of the first rate from 20 s on, six of the second.
        (40_000_000, round(70 * (5 * 80_000_000 + 6 * 40_000_000) / 11)),
    ]


async def test_a_rate_that_cannot_be_read_is_left_out(lab: Site) -> None:
    lab.world.always_failing["write_rate"] = AWAY
    lab.world.on_nmi = lab.world._blue
    await crashed(lab)
    await lab.run(until="finish")
    assert (await lab.one(NotBack)).rate is None


async def test_what_was_missed_while_the_bot_was_away_is_told_once(lab: Site) -> None:
    lab.world.on_nmi = lambda: panic(lab.world)
    await crashed(lab)
    await lab.world.pause(600)
    lab.world.after(60, lab.world.reboot)
    await lab.run(until="verify")
    told = [e for e in await lab.events() if isinstance(e, DumpProgress)]
    assert [p.after_seconds for p in told] == [600]
