"""Did the guest crash? Witnesses say yes, continuing life says no, and all else is not known."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from bot.capture.watch import GAP
from bot.core.errors import Code, VmdumpError
from bot.core.events import (
    Befell,
    CrashSeen,
    CrashUnknown,
    LogRead,
    LogUnread,
    NoCrash,
    PictureTaken,
    PlanConfirmed,
    SignsRead,
)
from bot.core.request import Outcome, Request, State
from bot.core.surroundings import LogPart
from bot.core.target import Machine
from tests.unit.capture.site import Site, site
from tests.unit.capture.world import AWAY, DOWN, FakePictures, FakeVCenter, Killed, World
from tests.unit.core.things import BSOD, REQUEST, dump_file, facts, signs

Do = Callable[[World], None]


async def watch(lab: Site, on_nmi: Do | None, before: Do | None = None) -> Request:
    """A capture up to the crash, in a world where the NMI does this."""
    if before is not None:
        before(lab.world)
    lab.world.on_nmi = None if on_nmi is None else lambda: on_nmi(lab.world)
    await lab.approved()
    return await lab.run(until="await dump")


def becomes(**changed: Any) -> Do:
    def do(world: World) -> None:
        world.signs = signs(**changed)

    return do


def blue(world: World) -> None:
    world.screen = b"blue screen"


@pytest.mark.parametrize(
    ("on_nmi", "witnesses"),
    [
        (becomes(kernel_crashed=True), ("kernel-crashed",)),
        (lambda w: w.happening("VmGuestOSCrashedEvent"), ("crash-event",)),
        (lambda w: w.happening("VmGuestRebootEvent"), ("reboot-event",)),
        (blue, ("blue-screen",)),
        (lambda w: w.log_lines(BSOD), ("vmware-log",)),
        (becomes(**DOWN, kernel_crashed=None), ("heartbeat-lost",)),
    ],
)
async def test_each_witness_proves_it(lab: Site, on_nmi: Do, witnesses: tuple[str, ...]) -> None:
    seen = await watch(lab, on_nmi)
    assert seen.state is State.CRASHED
    crash = await lab.one(CrashSeen)
    assert crash.witnesses == witnesses
    # A lost heartbeat alone must stay lost until the end; the others are believed at once.
    assert (crash.after_seconds >= lab.tools.times.crash) is (witnesses == ("heartbeat-lost",))
    shown = b"blue screen" if witnesses == ("blue-screen",) else b"other"
    assert await lab.store.reader.picture(crash.picture) == shown


class Noting(FakePictures):
    """Notes on which threads pictures are looked at."""

    def __init__(self) -> None:
        self.threads: set[threading.Thread] = set()

    def looks(self, png: bytes) -> str:
        self.threads.add(threading.current_thread())
        return super().looks(png)


async def test_a_picture_is_not_looked_at_on_the_event_loop(lab: Site) -> None:
    pictures = Noting()
    lab.tools = replace(lab.tools, pictures=pictures)
    await watch(lab, blue)
    assert (await lab.one(CrashSeen)).picture is not None
    assert pictures.threads
    assert threading.current_thread() not in pictures.threads


async def test_the_picture_of_the_crash_is_kept(lab: Site) -> None:
    await watch(lab, blue)
    kept = [e for e in await lab.events() if isinstance(e, PictureTaken)]
    assert [p.looks for p in kept] == ["blue screen"]
    assert (await lab.one(CrashSeen)).picture == kept[0].sha256
    assert await lab.store.reader.picture(kept[0].sha256) == b"blue screen"


async def test_the_console_before_the_nmi_is_kept(lab: Site) -> None:
    lab.world.screen = b"login"
    await watch(lab, blue)
    before = await lab.one(PlanConfirmed)
    assert before.looks == "login"
    assert await lab.store.reader.picture(before.picture) == b"login"


def stops(world: World) -> None:
    """A Windows that tells its host why."""
    blue(world)
    world.log_lines(BSOD)


async def test_the_bug_check_is_in_the_thread_and_its_lines_are_in_the_record(lab: Site) -> None:
    lab.world.log_lines("older lines\n" + BSOD.replace("0x80", "0xef"))
    size = len(lab.world.log)
    await watch(lab, stops)
    assert (await lab.one(PlanConfirmed)).log_size == size
    read = await lab.one(LogRead)
    assert (read.after, read.size, len(read.lines)) == (size, size + len(BSOD), 5)
    crash = await lab.one(CrashSeen)
    assert crash.witnesses == ("blue-screen", "vmware-log")
    assert crash.bug_check.code == 0x80


async def test_what_was_in_the_log_before_is_no_witness(lab: Site) -> None:
    lab.world.log_lines(BSOD)
    assert (await watch(lab, None)).outcome is Outcome.NO_CRASH


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("code", [Code.VCENTER_PERMISSION, Code.VCENTER_TIMEOUT])
async def test_a_log_that_cannot_be_read_breaks_nothing_and_is_said_once(
    lab: Site, before: bool, code: Code
) -> None:
    def closes(world: World) -> None:
        world.always_failing["log_part"] = VmdumpError(
            code, endpoint="vc1", privilege="Datastore.Browse", on="it"
        )

    if before:
        closes(lab.world)
    ended = await watch(lab, None if before else closes)
    assert ended.outcome is Outcome.NO_CRASH
    assert (await lab.one(LogUnread)).code is code
    assert ((await lab.one(PlanConfirmed)).log_size is None) is before


class Hanging(FakeVCenter):
    """A datastore that does not answer."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked = 0

    async def log_part(self, machine: Machine, after: int | None) -> LogPart:  # noqa: ARG002
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_log_that_hangs_is_given_up(lab: Site) -> None:
    hanging = Hanging(lab.world)
    lab.tools = replace(lab.tools, vcenters={"vc1": hanging})
    assert (await watch(lab, None)).outcome is Outcome.NO_CRASH
    assert hanging.asked == 1
    assert (await lab.one(LogUnread)).code is Code.VCENTER_TIMEOUT


async def test_a_vcenter_that_is_away_for_a_moment_is_asked_for_the_log_again(lab: Site) -> None:
    def away_first(world: World) -> None:
        world.failing["log_part"] = [AWAY, AWAY]
        world.log_lines(BSOD)

    await watch(lab, away_first)
    assert (await lab.one(CrashSeen)).witnesses == ("vmware-log",)
    assert LogUnread.kind not in await lab.kinds()


async def test_what_was_read_in_the_log_counts_after_a_restart_too(lab: Site) -> None:
    async def kill(point: str) -> None:
        if point == "log-read":
            lab.world.hook = None
            raise Killed

    lab.world.hook = kill
    with pytest.raises(Killed):
        await watch(lab, lambda w: w.log_lines(BSOD))
    lab.world.always_failing["log_part"] = AWAY
    assert (await lab.run(until="await dump")).state is State.CRASHED
    assert (await lab.one(CrashSeen)).bug_check.code == 0x80


async def test_a_linux_writes_nothing_into_that_log(lab: Site) -> None:
    lab.world.machine = lab.world.machine.model_copy(update={"family": "linux"})
    lab.world.always_failing["log_part"] = AWAY
    assert (await watch(lab, None)).outcome is Outcome.NO_CRASH
    assert (await lab.one(PlanConfirmed)).log_size is None
    assert LogUnread.kind not in await lab.kinds()


async def test_disks_that_are_written_to_prove_nothing_and_are_told(lab: Site) -> None:
    def busy(world: World) -> None:
        world.signs, world.write_rate = signs(heartbeat="red"), 88_000_000
        world.after(40, lambda: setattr(world, "signs", signs()))

    assert (await watch(lab, busy)).outcome is Outcome.UNKNOWN
    assert (await lab.one(CrashUnknown)).rate == 88_000_000


@pytest.mark.parametrize(
    ("power", "kind", "what"),
    [
        ("poweredOff", "VmPoweredOffEvent", "powered-off"),
        ("suspended", "VmSuspendedEvent", "suspended"),
        ("poweredOn", "VmResettingEvent", "reset"),
    ],
)
async def test_a_heartbeat_that_somebody_ended_is_no_crash(
    lab: Site, power: str, kind: str, what: str
) -> None:
    def ends(world: World) -> None:
        world.signs = signs(**DOWN, kernel_crashed=None, power=power)
        world.happening(kind)

    assert (await watch(lab, ends)).outcome is Outcome.UNKNOWN
    assert (await lab.one(Befell)).what == what


async def test_a_heartbeat_that_comes_back_is_no_crash_and_no_calm(lab: Site) -> None:
    def stutters(world: World) -> None:
        world.signs = signs(heartbeat="red")
        world.after(40, lambda: setattr(world, "signs", signs()))

    ended = await watch(lab, stutters)
    assert (ended.state, ended.outcome) == (State.ENDING, Outcome.UNKNOWN)
    await lab.one(CrashUnknown)


async def test_a_guest_that_lives_on_has_not_crashed(lab: Site) -> None:
    ended = await watch(lab, None)
    assert (ended.state, ended.outcome) == (State.ENDING, Outcome.NO_CRASH)
    assert (await lab.one(NoCrash)).heartbeat == "green"


async def test_a_guest_that_gave_no_sign_of_life_before_gives_none_by_being_silent(lab: Site) -> None:
    ended = await watch(lab, None, becomes(**DOWN))
    assert ended.outcome is Outcome.UNKNOWN


async def test_a_blue_screen_that_was_there_before_is_no_witness(lab: Site) -> None:
    ended = await watch(lab, None, blue)
    assert ended.outcome is Outcome.NO_CRASH


@pytest.mark.parametrize(
    ("begins", "lasts", "outcome"),
    [
        (20, 20, Outcome.NO_CRASH),
        (20, 45, Outcome.UNKNOWN),
        (0, 999, Outcome.UNKNOWN),
        # Nothing is read any more until the end of the watch: that is no life.
        (60, 999, Outcome.UNKNOWN),
    ],
)
async def test_a_gap_in_looking_is_no_sign_of_life(
    lab: Site, begins: float, lasts: float, outcome: Outcome
) -> None:
    def goes_away(world: World) -> None:
        world.after(begins, lambda: world.always_failing.update(signs=AWAY))
        world.after(begins + lasts, world.always_failing.clear)

    assert (await watch(lab, goes_away)).outcome is outcome


def killed_after(lab: Site, seconds: float) -> Callable[[str], Awaitable[None]]:
    """Kills at the first reading that is kept so long after the NMI, or later."""
    nmi_at: list[datetime] = []

    async def hook(point: str) -> None:
        now = lab.world.clock.now()
        if point == "nmi":
            nmi_at.append(now)
        elif point.startswith("signs/") and (now - nmi_at[0]).total_seconds() >= seconds:
            lab.world.hook = None
            raise Killed

    return hook


@pytest.mark.parametrize(
    ("away", "outcome"), [(1, Outcome.NO_CRASH), (25, Outcome.NO_CRASH), (35, Outcome.UNKNOWN)]
)
async def test_a_bot_that_was_away_for_a_moment_goes_on_with_what_it_had_read(
    lab: Site, away: float, outcome: Outcome
) -> None:
    lab.world.hook = killed_after(lab, 60)
    with pytest.raises(Killed):
        await watch(lab, None)
    await lab.world.pause(away)
    assert (await lab.run(until="await dump")).outcome is outcome


async def test_a_heartbeat_that_was_lost_before_a_restart_stays_lost(lab: Site) -> None:
    def stutters(world: World) -> None:
        world.signs = signs(heartbeat="red")
        world.after(20, lambda: setattr(world, "signs", signs()))

    lab.world.hook = killed_after(lab, 30)
    with pytest.raises(Killed):
        await watch(lab, stutters)
    await lab.world.pause(1)
    assert (await lab.run(until="await dump")).outcome is Outcome.UNKNOWN


async def test_readings_that_say_the_same_are_kept_now_and_then(lab: Site) -> None:
    await watch(lab, None)
    entries = [e for e in await lab.store.reader.journal(REQUEST) if e.kind == SignsRead.kind]
    pauses = [(b.at - a.at).total_seconds() for a, b in pairwise(entries)]
    assert len(pauses) > 3
    assert max(pauses) <= GAP * lab.tools.times.poll - lab.tools.times.poll


@pytest.mark.parametrize("new", [True, False])
async def test_a_dump_of_this_moment_tells_a_bot_that_was_away(lab: Site, new: bool) -> None:
    """It crashed and came back unseen; what is green now proves nothing, what lies in the guest does."""
    lab.world.file = old = dump_file(modified_at=dump_file().modified_at.replace(month=2))
    lab.world.facts = facts(crashed_at=old.modified_at)
    lab.world.on_nmi = None
    await lab.approved()
    await lab.run(until="watch")
    await lab.world.pause(600)
    if new:
        lab.world.file = dump_file(modified_at=lab.world.clock.now())
        lab.world.facts = facts(crashed_at=lab.world.clock.now())
    ended = await lab.run(until="await dump")
    assert ended.outcome is (None if new else Outcome.UNKNOWN)
    if new:
        assert (await lab.one(CrashSeen)).witnesses == ("dump-file",)


async def test_it_looks_as_often_as_it_is_told(lab: Site) -> None:
    await watch(lab, None)
    assert (await lab.one(NoCrash)).watched_seconds == lab.tools.times.crash


async def test_a_crash_within_the_first_pause_is_seen_at_the_next_look(tmp_path: Any) -> None:
    async with site(tmp_path, poll=5) as lab:
        await watch(lab, lambda w: w.after(1, lambda: blue(w)))
        assert (await lab.one(CrashSeen)).after_seconds == 5
