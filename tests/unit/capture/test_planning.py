"""What the guest told in the plan that people approve, and what of it is looked at again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.capture.plan_wish import PlanWish
from bot.capture.planning import plan_for
from bot.capture.tools import Times
from bot.core.estimate import estimate
from bot.core.events import PlanChanged, PlanConfirmed, Planned
from bot.core.finding import Finding, Level
from bot.core.plan import Plan
from bot.core.readiness import GUEST
from bot.core.request import Outcome, State
from bot.core.surroundings import Volume
from bot.guest.registry import CRASH_CONTROL
from tests.unit.capture.site import Site
from tests.unit.core.things import GIB, NOW, dump_file, known_key, machine, store, surroundings
from tests.unit.guest.readings import NEEDED, PAGE_FILE, dword, entry

FULL_STORE = surroundings(stores=(store(free=GIB),))
FULL_GUEST = surroundings(volumes=(Volume(path="C:\\", capacity=60 * GIB, free=GIB),))


INSIDE = {"guest_file", "guest_files", "guest_piece", "guest_shell", "registry_values"}


def inside(lab: Site) -> list[str]:
    """What was asked in the guest."""
    return [name for name in lab.world.asked if name in INSIDE]


async def planned(lab: Site, **wanted: Any) -> Plan:
    return await plan_for(lab.tools, "vc1", "vm-42", PlanWish(**wanted))


def by_code(plan: Plan, source: str | None = None) -> dict[str, Finding]:
    return {f.code: f for f in plan.findings if source in {None, f.source}}


def set_control(lab: Site, **values: int) -> None:
    """What the guest's CrashControl says."""
    control = lab.world.registry[CRASH_CONTROL]
    assert control is not None
    lab.world.registry[CRASH_CONTROL] = {**control, **{name: dword(of) for name, of in values.items()}}


def hang(lab: Site) -> None:
    """From now on the guest answers nothing, and is not waited for long."""
    lab.world.hanging |= INSIDE
    lab.world.asked.clear()
    lab.tools = replace(lab.tools, times=Times(guest=0.01))


def no_login(lab: Site) -> None:
    lab.world.logs_in = False


async def test_what_the_guest_told_is_named_as_its_own(lab: Site) -> None:
    plan = await planned(lab)
    told = by_code(plan, GUEST)
    assert {"crash-dump", "page-file", "dump-room", "auto-reboot"} <= told.keys()
    assert {f.read_at for f in told.values()} == {NOW}
    assert {f.level for f in told.values()} == {Level.OK}
    assert {"power", "datastore", "heartbeat"} <= by_code(plan, "vCenter vc1").keys()


async def test_who_may_not_ask_it_says_so_and_nothing_else_in_its_name(lab: Site) -> None:
    no_login(lab)
    (only,) = by_code(await planned(lab), GUEST).values()
    assert (only.code, only.level, only.seen) == ("guest", Level.UNKNOWN, "guest-login-off")
    assert inside(lab) == []


async def test_a_hung_guest_is_judged_by_what_it_told_before(lab: Site) -> None:
    before = await planned(lab)
    lab.world.clock.advance(3600)
    hang(lab)
    after = await planned(lab)
    told = by_code(after, GUEST)
    silent = told.pop("guest")
    assert told == by_code(before, GUEST)
    assert (silent.level, silent.seen) == (Level.UNKNOWN, "guest-unavailable")
    assert (silent.read_at - told["crash-dump"].read_at).total_seconds() == 3600
    assert after.estimate == before.estimate


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [(1, 4 * GIB, NEEDED), (2, 4 * GIB // 20, 4 * GIB // 3), (7, 4 * GIB // 20, 4 * GIB // 3)],
    ids=["complete", "kernel", "automatic"],
)
async def test_the_expected_size_hangs_on_the_dump_that_is_set(
    lab: Site, kind: int, least: int, most: int
) -> None:
    set_control(lab, CrashDumpEnabled=kind)
    # Room for two kernel dumps besides the tenth that stays free, and not for two complete ones.
    lab.world.surroundings = surroundings(stores=(store(capacity=40 * GIB, free=8 * GIB),))
    plan = await planned(lab)
    assert plan.estimate == estimate((least, most), "windows", None)
    assert plan.down_seconds == plan.estimate.down_seconds
    room = by_code(plan)["datastore"].level
    assert room is (Level.BLOCK if kind == 1 else Level.OK)


async def test_of_a_guest_that_told_nothing_a_complete_dump_is_expected_at_most(lab: Site) -> None:
    no_login(lab)
    plan = await planned(lab)
    assert plan.estimate is not None
    assert plan.estimate.dump_bytes == (4 * GIB // 20, NEEDED)


async def test_the_room_in_the_guest_is_told_once(lab: Site) -> None:
    lab.world.surroundings = FULL_GUEST
    told = by_code(await planned(lab))
    assert "guest-volume" not in told
    assert told["dump-room"].level is Level.BLOCK


async def test_without_the_guests_word_its_room_is_judged_from_outside(lab: Site) -> None:
    lab.world.surroundings = FULL_GUEST
    no_login(lab)
    outside = by_code(await planned(lab))
    assert "dump-room" not in outside
    assert outside["guest-volume"].level is Level.BLOCK


async def test_room_that_is_not_known_is_said_to_be_so_by_both(lab: Site) -> None:
    lab.world.surroundings = surroundings(volumes=None)
    told = by_code(await planned(lab))
    assert told["dump-room"].level is Level.UNKNOWN
    assert told["guest-volume"].level is Level.UNKNOWN


# after the approval


async def test_a_guest_that_begins_to_hang_after_the_approval_is_crashed_as_approved(lab: Site) -> None:
    lab.world.file = dump_file()
    approved = await lab.approved()
    hang(lab)
    ready = await lab.run(until="prepare")
    assert (ready.state, ready.round) == (State.READY, 1)
    assert ready.plan is not None
    assert ready.plan.digest() == approved.digest
    assert by_code(ready.plan, GUEST) == by_code(approved.plan, GUEST)  # type: ignore[arg-type]  # it has one
    # One look at the old dump, which was given up.
    assert inside(lab) == ["guest_file"]
    confirmed = await lab.one(PlanConfirmed)
    assert (confirmed.looked_before, confirmed.dump_before) == (False, None)


async def test_it_is_asked_nothing_more_after_the_approval_and_its_estimate_stays(lab: Site) -> None:
    set_control(lab, CrashDumpEnabled=2)
    approved = await lab.approved()
    set_control(lab, CrashDumpEnabled=0)
    lab.world.asked.clear()
    ready = await lab.run(until="prepare")
    assert ready.state is State.READY
    assert inside(lab) == ["guest_file"]
    assert ready.plan is not None
    assert approved.plan is not None
    assert ready.plan.estimate == approved.plan.estimate


async def test_room_that_went_meanwhile_ends_it(lab: Site) -> None:
    await lab.approved()
    hang(lab)
    lab.world.surroundings = FULL_GUEST
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert (await lab.one(PlanChanged)).differences == ("dump-room: ok -> block",)
    assert lab.world.effects == []


@pytest.mark.parametrize("volumes", [None, ()])
async def test_a_guest_whose_tools_hang_too_says_nothing_new_of_its_room(
    lab: Site, volumes: tuple[Volume, ...] | None
) -> None:
    approved = await lab.approved()
    hang(lab)
    lab.world.surroundings = surroundings(volumes=volumes)
    ready = await lab.run(until="prepare")
    assert (ready.state, ready.digest) == (State.READY, approved.digest)


async def test_what_it_told_somebody_else_meanwhile_counts(lab: Site) -> None:
    """Nobody crashes a guest that is known to write no dump any more."""
    await lab.approved()
    lab.world.clock.advance(60)
    set_control(lab, CrashDumpEnabled=0)
    assert [f.code for f in (await planned(lab)).blocked] == ["crash-dump"]
    hang(lab)
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert (await lab.one(PlanChanged)).differences == ("crash-dump: ok -> block",)
    assert lab.world.effects == []


async def test_of_a_guest_that_told_nothing_for_the_plan_nothing_is_added(lab: Site) -> None:
    no_login(lab)
    approved = await lab.approved()
    lab.world.logs_in = True
    await planned(lab)
    ready = await lab.run(until="prepare")
    assert (ready.state, ready.digest) == (State.READY, approved.digest)


async def test_without_guest_login_nothing_is_asked_inside_before_the_nmi(lab: Site) -> None:
    no_login(lab)
    await lab.approved()
    assert (await lab.run(until="watch")).state is State.SENT
    assert inside(lab) == []
    assert (await lab.one(PlanConfirmed)).looked_before is False


async def test_a_plan_of_an_older_version_expects_all_of_the_memory(lab: Site) -> None:
    plan = (await planned(lab)).model_copy(update={"estimate": None})
    again = await planned(lab, approved=plan)
    assert again.estimate is not None
    assert again.estimate.dump_bytes == (4 * GIB, 4 * GIB)


# overriding


UNLESS_OVERRIDDEN = [
    ("dump-room", lambda lab: setattr(lab.world, "surroundings", FULL_GUEST)),
    ("crash-dump", lambda lab: set_control(lab, CrashDumpEnabled=0)),
    ("page-file", lambda lab: lab.world.entries.update({"C:\\": (entry(PAGE_FILE, NEEDED - 1),)})),
]
NEVER = [
    ("datastore", lambda lab: setattr(lab.world, "surroundings", FULL_STORE)),
    ("power", lambda lab: setattr(lab.world, "machine", machine(power="suspended"))),
    ("connection", lambda lab: setattr(lab.world, "machine", machine(connection="inaccessible"))),
    ("question", lambda lab: setattr(lab.world, "machine", machine(question="Moved or copied?"))),
    ("template", lambda lab: setattr(lab.world, "machine", machine(template=True))),
    ("fault-tolerance", lambda lab: setattr(lab.world, "machine", machine(fault_tolerance="running"))),
    ("host-key", lambda lab: setattr(lab.world, "key", known_key(types=()))),
    ("host-key-file", lambda lab: setattr(lab.world, "key", known_key(types=(), unread="Permission denied"))),
]


@pytest.mark.parametrize(("code", "spoil"), UNLESS_OVERRIDDEN, ids=[code for code, _ in UNLESS_OVERRIDDEN])
async def test_what_speaks_against_the_dump_can_be_put_up_with(lab: Site, code: str, spoil: Any) -> None:
    spoil(lab)
    plan = await planned(lab)
    assert ([f.code for f in plan.blocked], plan.overridden) == ([code], ())
    overriding = await planned(lab, override=True)
    assert (overriding.blocked, overriding.overridden) == ((), (code,))
    # It is another thing that people approve.
    assert overriding.digest() != plan.digest()
    assert by_code(overriding)[code].level is Level.BLOCK


@pytest.mark.parametrize(("code", "spoil"), NEVER, ids=[code for code, _ in NEVER])
async def test_what_makes_an_nmi_impossible_or_harms_others_cannot(lab: Site, code: str, spoil: Any) -> None:
    spoil(lab)
    plan = await planned(lab, override=True)
    assert [f.code for f in plan.blocked] == [code]
    assert plan.overridden == ()


async def test_overriding_nothing_changes_nothing(lab: Site) -> None:
    assert (await planned(lab, override=True)).digest() == (await planned(lab)).digest()


async def overriding(lab: Site) -> None:
    lab.world.surroundings = FULL_GUEST
    request = await lab.approved(wanted={"override": True}, override=True)
    assert request.plan is not None
    assert request.plan.overridden == ("dump-room",)


async def test_what_was_overridden_goes_on_as_approved(lab: Site) -> None:
    await overriding(lab)
    assert (await lab.to_the_end()).outcome is Outcome.CAPTURED
    assert (await lab.request()).round == 1


async def test_an_override_of_something_new_is_put_to_the_vote(lab: Site) -> None:
    await overriding(lab)
    lab.world.entries["C:\\"] = (entry(PAGE_FILE, NEEDED - 1),)
    # Somebody checks it: the guest itself is not asked again.
    await planned(lab)
    again = await lab.to_the_vote()
    asked = await lab.one(Planned)
    assert asked.differences == ("page-file: ok -> block",)
    assert set(asked.plan.overridden) == {"dump-room", "page-file"}
    assert (again.round, lab.world.effects) == (2, [])


async def test_an_override_that_is_not_needed_any_more_is_put_to_the_vote(lab: Site) -> None:
    await overriding(lab)
    lab.world.surroundings = surroundings()
    again = await lab.to_the_vote()
    assert again.plan is not None
    assert again.plan.overridden == ()
    assert (await lab.one(Planned)).differences == ("dump-room: block -> ok",)


@pytest.mark.parametrize(("code", "spoil"), NEVER[2:6], ids=[code for code, _ in NEVER[2:6]])
async def test_no_override_covers_a_new_hindrance_of_the_nmi(lab: Site, code: str, spoil: Any) -> None:
    await overriding(lab)
    spoil(lab)
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert (await lab.one(PlanChanged)).differences == (f"{code}: ok -> block",)
    assert lab.world.effects == []


async def test_without_an_override_a_new_block_ends_it(lab: Site) -> None:
    await lab.approved()
    lab.world.surroundings = FULL_STORE
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert lab.world.effects == []
