"""Putting back: until it reads right twice, without taking away what is somebody else's, and loudly."""

from __future__ import annotations

from typing import Any

import pytest

from bot.capture.undo import due_at, restore
from bot.core.change import OPEN, ChangeState
from bot.core.events import (
    ChangeRestored,
    ChangeSettled,
    RestoredAfterAll,
    RestoreFailed,
    RestoreIntended,
    RestoreOwed,
    TakenOver,
)
from bot.store.commit import Step
from bot.store.ledger import Debt
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, LOST, Killed
from tests.unit.core.things import REQUEST, change
from tests.unit.store.kit import always, debt

SHELL = change(service="TSM", label="ESXi Shell")


async def owe(lab: Site, number: int = 1, *, running: bool = True, **changed: Any) -> Debt:
    """A service that we started."""
    if not await lab.store.reader.living():
        await lab.store.open()
    now = lab.world.clock.now()
    values: dict[str, Any] = {"state": ChangeState.MADE, "intended_at": now, "made_at": now}
    owed = debt(number, **(values | changed))
    lab.world.set_service(lab.world.name_of(owed.change), running=running)
    step = always(Step(events=(), debts=(owed,)))
    await lab.store.committer.commit(REQUEST, f"owe/{number}", step)
    return owed


async def read(lab: Site, number: int = 1) -> Debt:
    """As it stands in the ledger, which is what counts."""
    debts = await lab.store.reader.debts(only_open=False)
    return next(d for d in debts if d.change_id == f"{REQUEST}/{number}")


async def go_on(lab: Site, *, steps: int = 1, number: int = 1) -> Debt:
    """Waits until the next step is due and takes it, always from the ledger."""
    for _ in range(steps):
        owed = await read(lab, number)
        await lab.world.pause(max(0.0, (due_at(lab.tools, owed) - lab.world.clock.now()).total_seconds()))
        done = await restore(lab.tools, owed)
        assert done == await read(lab, number)
    return await read(lab, number)


async def test_it_is_stopped_and_looked_at_again_when_no_lost_call_can_land(lab: Site) -> None:
    await owe(lab)
    first = await go_on(lab)
    assert first.state is ChangeState.RESTORED
    assert (due_at(lab.tools, first) - lab.world.clock.now()).total_seconds() == lab.tools.times.longest_call
    # Too early: nothing happens.
    assert await restore(lab.tools, first) == first
    assert (await go_on(lab)).state is ChangeState.SETTLED
    assert lab.world.effects == ["stop TSM-SSH"]
    kinds = [type(e) for e in (await lab.events())[1:]]
    assert kinds == [RestoreIntended, ChangeRestored, ChangeSettled]


async def test_a_change_that_never_showed_needs_no_stopping(lab: Site) -> None:
    await owe(lab, running=False, state=ChangeState.INTENDED, made_at=None)
    assert (await go_on(lab, steps=2)).state is ChangeState.SETTLED
    assert lab.world.effects == []


async def test_a_start_that_lands_late_is_stopped_after_all(lab: Site) -> None:
    await owe(lab, running=False, state=ChangeState.INTENDED, made_at=None)
    await go_on(lab)
    lab.world.after(50, lambda: lab.world.set_service("TSM-SSH", running=True))
    again = await go_on(lab)
    assert again.state is ChangeState.RESTORED
    assert lab.world.running == []
    assert (await go_on(lab)).state is ChangeState.SETTLED


async def test_a_policy_that_was_changed_means_that_it_is_theirs_now(lab: Site) -> None:
    await owe(lab)
    lab.world.set_service("TSM-SSH", policy="on")
    assert (await go_on(lab)).state is ChangeState.SETTLED
    assert (await lab.one(TakenOver)).seen == "running, policy on"
    assert lab.world.running == ["TSM-SSH"]


async def test_a_start_after_ours_was_undone_is_theirs(lab: Site) -> None:
    await owe(lab)
    await go_on(lab)
    lab.world.set_service("TSM-SSH", running=True)
    assert (await go_on(lab)).state is ChangeState.SETTLED
    await lab.one(TakenOver)
    assert lab.world.effects == ["stop TSM-SSH"]


@pytest.mark.parametrize("gone", [True, False])
async def test_a_lost_answer_to_the_stop_is_looked_up(lab: Site, gone: bool) -> None:
    await owe(lab)
    if gone:
        lab.world.lost = ["stop"]
    else:
        lab.world.failing = {"stop": [LOST]}
    state = (await go_on(lab)).state
    assert state is (ChangeState.RESTORED if gone else ChangeState.RESTORING)


@pytest.mark.parametrize("call", ["stop", "host"])
async def test_failing_it_backs_off_and_grows_loud_at_3_6_12(lab: Site, call: str) -> None:
    await owe(lab)
    lab.world.always_failing = {call: AWAY}
    pauses = []
    for _ in range(13):
        before = lab.world.clock.now()
        await go_on(lab)
        pauses.append((lab.world.clock.now() - before).total_seconds())
    assert pauses[:6] == [0, 4, 8, 16, 32, 60]
    assert set(pauses[6:]) == {60}
    assert [e.attempt for e in await lab.events() if isinstance(e, RestoreFailed)] == list(range(1, 14))
    assert [e.attempt for e in await lab.events() if isinstance(e, RestoreOwed)] == [3, 6, 12]
    assert (await lab.request()).restore_failed
    lab.world.always_failing = {}
    assert (await go_on(lab)).state is ChangeState.RESTORED
    await lab.one(RestoredAfterAll)
    assert not (await lab.request()).restore_failed
    assert (await go_on(lab)).state is ChangeState.SETTLED


async def test_a_second_look_that_fails_keeps_what_was_reached(lab: Site) -> None:
    await owe(lab)
    await go_on(lab)
    lab.world.failing = {"host": [AWAY, AWAY]}
    assert (await go_on(lab, steps=2)).state is ChangeState.RESTORED
    assert (await go_on(lab)).state is ChangeState.SETTLED


async def test_the_second_look_comes_after_the_last_stop_whatever_failed_between(lab: Site) -> None:
    """The stop of a late start is sent, and vCenter goes away before it can be read back."""
    await owe(lab, running=False, state=ChangeState.INTENDED, made_at=None)
    await go_on(lab)
    lab.world.set_service("TSM-SSH", running=True)
    lab.world.failing = {"host": [None, AWAY]}
    assert (await go_on(lab)).state is ChangeState.RESTORING
    stopped = lab.world.clock.now()
    assert (await go_on(lab, steps=2)).state is ChangeState.SETTLED
    assert (lab.world.clock.now() - stopped).total_seconds() >= lab.tools.times.longest_call


async def test_the_requests_flag_is_quiet_only_when_no_debt_fails(lab: Site) -> None:
    await owe(lab, 1)
    await owe(lab, 2, change=SHELL)
    lab.world.always_failing = {"stop": AWAY}
    await go_on(lab, steps=3, number=1)
    assert (await lab.request()).restore_failed
    lab.world.always_failing = {}
    await go_on(lab, steps=2, number=2)
    assert (await lab.request()).restore_failed
    lab.world.set_service("TSM-SSH", policy="on")
    assert (await go_on(lab, number=1)).state is ChangeState.SETTLED
    assert not (await lab.request()).restore_failed


@pytest.mark.parametrize("at", range(1, 5))
async def test_killed_anywhere_it_still_settles(lab: Site, at: int) -> None:
    await owe(lab)
    points = 0

    async def hook(point: str) -> None:
        nonlocal points
        points += 1
        if points == at:
            raise Killed(point)

    lab.world.hook = hook
    with pytest.raises(Killed):
        await go_on(lab, steps=2)
    lab.world.hook = None
    while (await read(lab)).state in OPEN:
        await go_on(lab)
    assert lab.world.running == []
    assert lab.world.effects.count("stop TSM-SSH") == 1
