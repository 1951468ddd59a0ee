"""Arming: the guest is changed, read back, restarted where that was approved, and left so."""

from __future__ import annotations

from typing import Any

import pytest

from bot.capture.disarmed import ARMED
from bot.capture.plan_wish import PlanWish
from bot.capture.planning import plan_for
from bot.capture.reconcile import Reconciler, pay
from bot.core.arming import ArmWish, DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.events import (
    Armed,
    ChangeNeverMade,
    Closed,
    Failed,
    Planned,
    RestartRefused,
    RestartUnsure,
    TakenOver,
)
from bot.core.plan import Plan, Restart
from bot.core.purpose import Purpose
from bot.core.request import Outcome, Request, State
from tests.unit.capture.armed import (
    DUMP_KIND,
    MADE,
    REBOOT,
    REBOOTS,
    RESTART,
    approved,
    check_armed,
    check_as_before,
    unarmed,
    values,
)
from tests.unit.capture.site import Site
from tests.unit.capture.test_prepare import withdraw
from tests.unit.capture.world import AWAY, LOST, Killed
from tests.unit.core.things import REQUEST, signs
from tests.unit.guest.readings import dword, windows

REFUSED = VmdumpError(Code.GUEST_UNAVAILABLE, vm="DumpTest")


def once(at: str, do: Any) -> Any:
    """A hook that does something when that point is passed."""

    async def hook(point: str) -> None:
        if point == at:
            do()

    return hook


async def plan_of(lab: Site, wish: ArmWish) -> Plan:
    return await plan_for(lab.tools, "vc1", "vm-42", PlanWish(purpose=Purpose.ARM, arming=wish))


async def failed(lab: Site) -> Failed:
    """Why arming failed; everything is as before."""
    request = await lab.to_the_end()
    assert request.outcome is Outcome.ARMING_FAILED
    assert await lab.store.reader.find(REQUEST, ARMED) is None
    found: Failed = await lab.one(Failed)
    return found


async def test_the_guest_is_changed_and_stays_so(lab: Site) -> None:
    await approved(lab)
    request = await lab.to_the_end()
    assert request.outcome is Outcome.ARMED
    await check_armed(lab)
    assert lab.world.effects == MADE
    armed = await lab.one(Armed)
    assert [(c.label, c.former.data, c.ours) for c in armed.changes] == [
        ("CrashDumpEnabled", 3, 1),
        ("AutoReboot", 0, 1),
    ]
    assert (armed.restart, armed.back_seconds) == (Restart.OWED, None)
    closed = await lab.one(Closed)
    assert (closed.changes, closed.kept, closed.restored, closed.taken_over) == (2, 2, 0, 0)
    kinds = await lab.kinds()
    assert not {"nmi-intended", "prepared", "released"} & set(kinds)


async def test_kept_and_armed_are_one_transaction(lab: Site) -> None:
    """Whoever is killed on the next line finds both."""
    await approved(lab)

    async def hook(point: str) -> None:
        debts = await lab.store.reader.debts(REQUEST, only_open=True)
        request = await lab.request()
        assert all(d.kept for d in debts) is (request.outcome is Outcome.ARMED) or not debts
        if point == ARMED:
            raise Killed(point)

    lab.world.hook = hook
    with pytest.raises(Killed):
        await lab.run()
    assert (await lab.request()).state is State.ENDING
    assert {d.kept for d in await lab.store.reader.debts(REQUEST, only_open=True)} == {True}
    lab.world.hook = None
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)


async def test_nobody_puts_back_what_is_kept(lab: Site) -> None:
    await approved(lab)
    await lab.to_the_end()
    before = await lab.store.tables()
    for _ in range(3):
        await Reconciler(lab.tools, frozenset, every=60).once()
        lab.world.clock.advance(3600)
    # As ``vmdump restore`` chooses them.
    owed = tuple(d for d in await lab.store.reader.debts(only_open=True) if d.owed)
    assert await pay(lab.tools, owed, lambda _: None) == ()
    assert await lab.store.tables() == before
    await check_armed(lab)


@pytest.mark.parametrize(
    ("error", "code"), [(AWAY, Code.VCENTER_UNREACHABLE), (REFUSED, Code.GUEST_UNAVAILABLE)]
)
async def test_a_failure_half_way_puts_back_what_was_made(lab: Site, error: VmdumpError, code: Code) -> None:
    lab.world.failing = {"start": [None, error]}
    await approved(lab)
    assert (await failed(lab)).code is code
    await check_as_before(lab)
    assert lab.world.effects == ["log vm", "start registry", "stop registry"]
    closed = await lab.one(Closed)
    assert (closed.changes, closed.kept, closed.restored) == (1, 0, 1)
    assert (await lab.one(ChangeNeverMade)).change.label == "AutoReboot"
    assert "disarmed" not in await lab.kinds()


async def test_what_is_lost_and_lands_late_is_found_and_put_back(lab: Site) -> None:
    lab.world.late = {"start": [None, 90]}
    await approved(lab)
    assert (await failed(lab)).code is Code.OUTCOME_UNKNOWN
    await lab.world.pause(60)
    await check_as_before(lab)


async def test_a_lost_answer_to_a_change_that_is_seen_is_no_failure(lab: Site) -> None:
    lab.world.lost = ["start"]
    await approved(lab)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)


async def test_what_does_not_read_back_as_set_fails_it(lab: Site) -> None:
    """Something in the guest takes the value back while the other is set."""
    await approved(lab)
    lab.world.hook = once(
        f"change/{REQUEST}/2/made", lambda: lab.world.in_guest.update({DUMP_KIND: dword(3)})
    )
    why = await failed(lab)
    assert (why.code, why.params["thing"], why.params["seen"]) == (
        Code.NOT_AS_SET,
        "CrashDumpEnabled",
        str(dword(3)),
    )
    await check_as_before(lab)


async def test_no_guest_is_restarted_into_values_that_do_not_read_back(lab: Site) -> None:
    await approved(lab, RESTART)
    lab.world.hook = once(
        f"change/{REQUEST}/2/made", lambda: lab.world.in_guest.update({DUMP_KIND: dword(3)})
    )
    assert (await failed(lab)).code is Code.NOT_AS_SET
    await check_as_before(lab)
    assert REBOOT not in lab.world.effects


async def test_what_somebody_changed_before_is_not_written_over(lab: Site) -> None:
    await approved(lab)
    lab.world.hook = once("ready", lambda: lab.world.in_guest.update({REBOOTS: dword(7)}))
    why = await failed(lab)
    assert (why.code, why.params["thing"]) == (Code.CHANGED_MEANWHILE, "AutoReboot")
    assert values(lab.world) == (3, 7)
    assert await lab.store.reader.debts(only_open=True) == ()


async def test_what_somebody_changed_after_is_left_and_named(lab: Site) -> None:
    """Arming fails on that, and puts back the rest."""
    await approved(lab)
    lab.world.hook = once(f"change/{REQUEST}/2/made", lambda: lab.world.in_guest.update({REBOOTS: dword(7)}))
    assert (await failed(lab)).code is Code.NOT_AS_SET
    assert values(lab.world) == (3, 7)
    assert (await lab.one(TakenOver)).change.label == "AutoReboot"
    closed = await lab.one(Closed)
    assert (closed.restored, closed.taken_over, closed.kept) == (1, 1, 0)
    assert await lab.store.reader.debts(only_open=True) == ()


async def test_a_guest_that_cannot_be_put_back_is_owed_and_shouted_about(lab: Site) -> None:
    lab.world.failing = {"start": [None, REFUSED]}
    lab.world.always_failing = {"stop": REFUSED}
    await approved(lab)
    await failed(lab)
    assert (await lab.request()).restore_failed is True
    assert "restore-owed" in await lab.kinds()
    (debt,) = await lab.store.reader.debts(only_open=True)
    assert debt.owed
    lab.world.always_failing = {}
    for _ in range(2):
        lab.world.clock.advance(61)
        await Reconciler(lab.tools, frozenset, every=60).once()
    await check_as_before(lab)
    # It was never armed.
    assert "disarmed" not in await lab.kinds()
    assert (await lab.request()).restore_failed is False


# The restart


async def test_a_guest_that_comes_back(lab: Site) -> None:
    await approved(lab, RESTART)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)
    assert lab.world.effects == [*MADE, REBOOT]
    armed = await lab.one(Armed)
    assert armed.restart is Restart.DONE
    assert 30 <= armed.back_seconds <= 40


async def test_a_guest_that_does_not_come_back_is_armed_and_that_is_said(lab: Site) -> None:
    lab.world.come_up = lambda: None  # type: ignore[method-assign]
    await approved(lab, RESTART)
    began = lab.world.clock.now()
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)
    armed = await lab.one(Armed)
    assert (armed.restart, armed.back_seconds) == (Restart.DONE, None)
    waited = (lab.world.clock.now() - began).total_seconds()
    assert lab.tools.times.dump <= waited <= lab.tools.times.dump + 120


async def test_a_request_to_restart_is_no_restart(lab: Site) -> None:
    """vCenter logs the event for it at once; this guest never goes down."""
    lab.world.reboot = lambda: lab.world.happening("VmGuestRebootEvent")  # type: ignore[method-assign]
    await approved(lab, RESTART)
    began = lab.world.clock.now()
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    assert (await lab.one(Armed)).back_seconds is None
    waited = (lab.world.clock.now() - began).total_seconds()
    assert lab.tools.times.crash <= waited < lab.tools.times.dump


async def test_a_guest_that_takes_its_time_to_go_down_is_waited_for(lab: Site) -> None:
    def slowly() -> None:
        lab.world.happening("VmGuestRebootEvent")
        lab.world.after(100, lab.world.go_down)
        lab.world.after(700, lab.world.come_up)

    lab.world.reboot = slowly  # type: ignore[method-assign]
    await approved(lab, RESTART)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    assert 700 <= (await lab.one(Armed)).back_seconds <= 710


async def test_a_lost_answer_is_looked_at_and_not_asked_for_again(lab: Site) -> None:
    lab.world.lost = ["reboot"]
    await approved(lab, RESTART)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)
    assert lab.world.effects == [*MADE, REBOOT]
    assert (await lab.one(RestartUnsure)).code is Code.OUTCOME_UNKNOWN
    assert 30 <= (await lab.one(Armed)).back_seconds <= 40


async def test_a_lost_answer_to_what_never_went_out(lab: Site) -> None:
    lab.world.failing = {"reboot": [LOST]}
    await approved(lab, RESTART)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)
    assert lab.world.effects == MADE
    armed = await lab.one(Armed)
    assert (armed.restart, armed.back_seconds) == (Restart.DONE, None)


async def test_a_guest_that_refuses_is_armed_and_its_restart_is_left_to_people(lab: Site) -> None:
    lab.world.failing = {"reboot": [REFUSED]}
    await approved(lab, RESTART)
    began = lab.world.clock.now()
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    await check_armed(lab)
    assert lab.world.effects == MADE
    assert (await lab.one(RestartRefused)).code is Code.GUEST_UNAVAILABLE
    assert (await lab.one(Armed)).restart is Restart.OWED
    assert (lab.world.clock.now() - began).total_seconds() < lab.tools.times.crash


async def test_a_vcenter_that_is_away_meanwhile_says_nothing_about_the_guest(lab: Site) -> None:
    await approved(lab, RESTART)

    def away() -> None:
        lab.world.failing = {"signs": [AWAY] * 3, "happenings": [AWAY]}

    lab.world.hook = once("restart", away)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    assert 30 <= (await lab.one(Armed)).back_seconds <= 60


async def test_a_long_silence_after_the_restart_undoes_nothing(lab: Site) -> None:
    """The approval is stale by then, but nothing is done by it any more."""
    await approved(lab, RESTART)

    async def kill(point: str) -> None:
        if point == "call reboot":
            lab.world.hook = None
            raise Killed(point)

    lab.world.hook = kill
    assert (await lab.to_the_end(away=lab.tools.times.approval + 1)).outcome is Outcome.ARMED
    await check_armed(lab)
    # Nobody saw it go down.
    assert (await lab.one(Armed)).back_seconds is None
    assert lab.world.signs == signs()


# Before anything is changed


async def test_a_withdrawal_before_the_first_change_wins(lab: Site) -> None:
    await approved(lab, RESTART)

    async def then_withdrawn(point: str) -> None:
        if point == "ready":
            await withdraw(lab)

    lab.world.hook = then_withdrawn
    assert (await lab.run()).outcome is Outcome.CANCELLED
    assert lab.world.effects == []
    assert await lab.store.reader.debts(only_open=False) == ()


async def test_an_old_approval_changes_nothing(lab: Site) -> None:
    await approved(lab)
    lab.world.clock.advance(lab.tools.times.approval + 1)
    assert (await failed(lab)).code is Code.STALE_APPROVAL
    assert lab.world.effects == []


async def test_a_value_that_somebody_has_set_right_meanwhile_is_put_to_the_vote(lab: Site) -> None:
    before = await approved(lab)
    lab.world.registry = dict(windows({"AutoReboot": 0}).keys)
    again = await lab.run()
    assert (again.state, again.round) == (State.PLANNED, 2)
    assert again.digest != before.digest
    assert "changes: CrashDumpEnabled, AutoReboot -> AutoReboot" in (await lab.one(Planned)).differences
    assert lab.world.effects == []
    await lab.approve()
    lab.world.in_guest[DUMP_KIND] = dword(1)
    assert (await lab.to_the_end()).outcome is Outcome.ARMED
    assert lab.world.effects == ["log vm", "start registry"]


async def test_another_value_before_is_put_to_the_vote(lab: Site) -> None:
    """Who approves what a value becomes approves what will be put back too."""
    await approved(lab)
    lab.world.registry = dict(windows({"CrashDumpEnabled": 7, "AutoReboot": 0}).keys)
    assert (await lab.run()).state is State.PLANNED
    differences = (await lab.one(Planned)).differences
    assert "values: CrashDumpEnabled 3, AutoReboot 0 -> CrashDumpEnabled 7, AutoReboot 0" in differences
    assert lab.world.effects == []


async def test_a_guest_that_needs_nothing_any_more_is_left_alone(lab: Site) -> None:
    await approved(lab)
    lab.world.registry = dict(windows().keys)
    assert (await failed(lab)).code is Code.NOTHING_TO_ARM
    assert lab.world.effects == []


# Planning


async def refusal(lab: Site, wish: ArmWish | None = None) -> VmdumpError:
    with pytest.raises(VmdumpError) as caught:
        await plan_of(lab, wish or ArmWish())
    return caught.value


async def test_an_armed_guest_is_not_armed_again(lab: Site) -> None:
    await approved(lab)
    await lab.to_the_end()
    error = await refusal(lab, ArmWish(dump=DumpWish.KERNEL))
    assert (error.code, error.params["request"]) == (Code.ALREADY_ARMED, REQUEST)


async def test_another_guest_is(lab: Site) -> None:
    """A name that begins the same is another machine's."""
    await approved(lab)
    await lab.to_the_end()
    target = lab.world.machine.target.model_copy(update={"moid": "vm-4"})
    lab.world.machine = lab.world.machine.model_copy(update={"target": target})
    assert len((await plan_of(lab, ArmWish())).guest) == 2


async def test_a_guest_that_has_it_all_is_not_armed(lab: Site) -> None:
    assert (await refusal(lab)).code is Code.NOTHING_TO_ARM


async def test_nobody_logs_in_to_a_guest_unless_the_settings_say_so(lab: Site) -> None:
    unarmed(lab.world)
    lab.world.logs_in = False
    assert (await refusal(lab)).code is Code.GUEST_LOGIN_OFF


async def test_a_guest_that_does_not_answer_is_not_armed(lab: Site) -> None:
    """What it told earlier is good for a readiness check, not for what is put back later."""
    await approved(lab)
    lab.world.failing = {"registry_values": [REFUSED]}
    assert (await refusal(lab)).code is Code.GUEST_UNAVAILABLE


async def test_restart_and_kind_of_dump_are_part_of_what_is_approved(lab: Site) -> None:
    unarmed(lab.world)
    wishes = [ArmWish(), RESTART, ArmWish(dump=DumpWish.KERNEL), ArmWish(dump=DumpWish.KERNEL, restart=True)]
    digests = {(await plan_of(lab, wish)).digest() for wish in wishes}
    assert len(digests) == len(wishes)
    assert (await plan_of(lab, ArmWish())).digest() in digests


@pytest.mark.parametrize("field", ["restart", "guest"])
async def test_a_row_that_was_tampered_with_arms_nothing(lab: Site, field: str) -> None:
    """Between the confirmation and the first change."""
    request = await approved(lab)
    assert (await lab.run(until="arm")).state is State.READY
    ready = await lab.request()
    assert ready.plan is not None
    other = ready.plan.guest[0].model_copy(update={"ours": 2})
    changed: dict[str, Any] = {"restart": Restart.DONE} if field == "restart" else {"guest": (other,)}
    await tamper(lab, ready.model_copy(update={"plan": ready.plan.model_copy(update=changed)}))
    assert (await failed(lab)).code is Code.NOT_A_CAPTURE
    assert (await lab.request()).digest == request.digest
    assert lab.world.effects == []


async def tamper(lab: Site, row: Request) -> None:
    await lab.store.sql("UPDATE requests SET body = ? WHERE id = ?", row.model_dump_json(), row.id)
