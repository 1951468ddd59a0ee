"""The host is closed as early as can be, everything is put back, and then the record is closed."""

from __future__ import annotations

import pytest

from bot.capture.finish import PATIENCE
from bot.capture.ports import NmiAnswer
from bot.capture.reconcile import Reconciler
from bot.core.change import ChangeState
from bot.core.events import ChangeRestored, Closed, DumpWritten, NmiSent, Released, TakenOver
from bot.core.request import Outcome, State
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, SENT, Killed
from tests.unit.core.things import REQUEST


async def test_the_host_is_closed_before_the_guest_is_watched(lab: Site) -> None:
    await lab.approved()
    await lab.run(until="watch")
    assert lab.world.running == []
    released = await lab.one(Released)
    assert released.labels == ("SSH", "ESXi Shell")
    assert released.open_seconds == 0


async def test_a_host_that_could_not_be_closed_does_not_wait_for_the_guest(lab: Site) -> None:
    lab.world.failing = {"stop": [AWAY, AWAY, AWAY]}
    await lab.approved()
    await lab.to_the_end()
    kinds = await lab.kinds()
    assert kinds.index(Released.kind) < kinds.index(DumpWritten.kind)
    released = await lab.one(Released)
    assert released.labels == ("SSH", "ESXi Shell")
    assert 0 < released.open_seconds < 60
    await lab.check_the_end()


async def test_a_bot_that_dies_before_saying_so_says_it_later(lab: Site) -> None:
    restored = 0

    async def hook(point: str) -> None:
        nonlocal restored
        restored += point.endswith("/restored")
        if restored == 2:
            raise Killed(point)

    lab.world.hook = hook
    await lab.approved()
    with pytest.raises(Killed):
        await lab.run()
    lab.world.hook = None
    assert Released.kind not in await lab.kinds()
    await lab.to_the_end()
    assert (await lab.one(Released)).labels == ("SSH", "ESXi Shell")


async def test_what_was_taken_over_is_not_said_to_be_stopped(lab: Site) -> None:
    await lab.approved()
    await lab.run(until="release")
    lab.world.set_service("TSM-SSH", policy="on")
    await lab.to_the_end()
    assert (await lab.one(TakenOver)).change.service == "TSM-SSH"
    assert (await lab.one(Released)).labels == ("ESXi Shell",)
    assert lab.world.running == ["TSM-SSH"]
    closed = await lab.one(Closed)
    assert (closed.changes, closed.restored, closed.taken_over) == (2, 1, 1)


async def test_the_record_is_closed_with_the_debt_open_when_nothing_helps(lab: Site) -> None:
    lab.world.always_failing = {"stop": AWAY}
    lab.world.on_nmi = None
    await lab.approved()
    ended = await lab.to_the_end()
    assert ended.outcome is Outcome.NO_CRASH
    assert ended.restore_failed
    closed = await lab.one(Closed)
    assert (closed.changes, closed.restored) == (2, 0)
    owed = await lab.store.reader.debts(only_open=True)
    assert all(d.attempts >= PATIENCE and d.loud for d in owed)
    lab.world.always_failing = {}
    for _ in range(3):
        lab.world.clock.advance(61)
        await Reconciler(lab.tools, frozenset, every=60).once()
    assert lab.world.running == []
    assert await lab.store.reader.debts(only_open=True) == ()
    assert not (await lab.request()).restore_failed


async def test_many_failures_on_the_way_leave_patience_for_the_end(lab: Site) -> None:
    """vCenter refuses for the length of the dump and is well again before the end."""
    lab.world.failing = {"stop": [AWAY, AWAY] * PATIENCE}
    await lab.approved()
    await lab.to_the_end()
    debts = await lab.store.reader.debts(only_open=False)
    assert [d.state for d in debts] == [ChangeState.SETTLED] * 2
    await lab.check_the_end()


async def test_durations_are_those_of_the_entries(lab: Site) -> None:
    await lab.approved()
    await lab.to_the_end()
    took = (await lab.one(Closed)).durations
    assert (took.approval_to_nmi, took.ssh_open) == (0, 0)
    assert (took.dump, took.reboot, took.down) == (55, 30, 90)


async def test_an_nmi_that_was_not_sent_took_no_time(lab: Site) -> None:
    lab.world.answer = SENT.model_copy(update={"answer": NmiAnswer.NOT_SENT})
    lab.world.on_nmi = None
    await lab.approved()
    await lab.to_the_end()
    took = (await lab.one(Closed)).durations
    assert (took.approval_to_nmi, took.down) == (None, None)


async def test_an_nmi_that_perhaps_was_sent_counts_from_its_intent(lab: Site) -> None:
    async def hook(point: str) -> None:
        if point == "call nmi":
            raise Killed(point)

    lab.world.hook = hook
    await lab.approved()
    with pytest.raises(Killed):
        await lab.run()
    lab.world.hook = None
    await lab.world.pause(600)
    await lab.to_the_end()
    assert NmiSent.kind not in await lab.kinds()
    took = (await lab.one(Closed)).durations
    assert took.approval_to_nmi == 0
    assert took.down is not None
    assert took.down >= 600


async def test_the_closing_entry_is_the_last_and_its_head_is_published(lab: Site) -> None:
    await lab.approved()
    ended = await lab.to_the_end()
    assert (ended.state, ended.outcome) == (State.CLOSED, Outcome.CAPTURED)
    entries = await lab.store.reader.journal(REQUEST)
    assert entries[-1].kind == Closed.kind
    assert await lab.store.reader.closed_heads() == {REQUEST: entries[-1].hash}
    assert sum(isinstance(e.event, ChangeRestored) for e in entries) == 2
