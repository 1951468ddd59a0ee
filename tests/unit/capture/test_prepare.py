"""vCenter is told, then the host is opened; until then a withdrawal wins."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.events import (
    Cancelled,
    Failed,
    PlanChanged,
    PlanConfirmed,
    Planned,
    VcenterTellFailed,
    VcenterTold,
)
from bot.core.request import Outcome, State
from bot.requests.closing import closed
from bot.store.commit import Step
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, LOST
from tests.unit.core.things import (
    ALICE,
    GIB,
    REQUEST,
    dump_file,
    known_key,
    machine,
    store,
    surroundings,
    target,
)
from tests.unit.store.kit import always


async def withdraw(lab: Site) -> None:
    """As a person does it who comes in time."""
    request = await lab.request()
    events = (Cancelled(person=ALICE), closed(request, Outcome.CANCELLED))
    step = Step(events=events, to=State.CLOSED, set={"outcome": Outcome.CANCELLED})
    await lab.store.committer.commit(REQUEST, "cancel", always(step))


async def test_vm_and_host_are_told_who_and_why_before_the_first_change(lab: Site) -> None:
    await lab.approved()
    await lab.run(until="fire")
    assert lab.world.effects == ["log vm", "log host", "start TSM", "start TSM-SSH"]
    told = [e.text for e in await lab.events() if isinstance(e, VcenterTold)]
    assert len(told) == 2
    assert all(REQUEST in text and ALICE in text and "support case 4711" in text for text in told)


async def test_a_vcenter_that_cannot_be_told_stops_nothing(lab: Site) -> None:
    lab.world.failing = {"log": [AWAY, LOST]}
    await lab.approved()
    assert (await lab.run(until="fire")).state is State.PREPARED
    failed = [e.code for e in await lab.events() if isinstance(e, VcenterTellFailed)]
    assert failed == [Code.VCENTER_UNREACHABLE, Code.OUTCOME_UNKNOWN]


async def test_a_withdrawal_that_comes_before_the_first_effect_wins(lab: Site) -> None:
    await lab.approved()
    ready = await lab.run(until="prepare")
    assert ready.state is State.READY
    read = lab.store.reader.request

    async def then_withdrawn(request_id: str) -> object:
        found = await read(request_id)
        lab.store.reader.request = read  # type: ignore[method-assign]
        await withdraw(lab)
        return found

    await lab.start()
    lab.store.reader.request = then_withdrawn  # type: ignore[method-assign, assignment]
    from bot.capture.capture import Capture

    await Capture(lab.tools).phase("prepare", REQUEST, 2)
    assert (await lab.request()).outcome is Outcome.CANCELLED
    assert (await lab.kinds())[-1] == "closed"
    assert lab.world.effects == []
    assert await lab.store.reader.debts(only_open=False) == ()


async def test_what_is_no_longer_as_approved_is_put_to_the_vote_anew(lab: Site) -> None:
    before = await lab.approved()
    moved = target(host_moid="host-7", host_name="esx-07.example.com")
    lab.world.machine = machine(target=moved)
    again = await lab.run()
    assert (again.state, again.round, again.approval_message) == (State.PLANNED, 2, None)
    assert again.approved_at is None
    assert again.digest != before.digest
    planned = await lab.one(Planned)
    assert planned.differences == ("host: esx-03.example.com -> esx-07.example.com",)
    assert (planned.round, planned.digest) == (2, again.digest)
    assert lab.world.effects == []
    await lab.approve()
    ended = await lab.to_the_end()
    assert ended.outcome is Outcome.CAPTURED
    assert sum(effect.startswith("nmi") for effect in lab.world.effects) == 1


async def test_a_key_that_is_no_longer_known_opens_no_host(lab: Site) -> None:
    await lab.approved()
    lab.world.key = known_key(types=())
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert (await lab.one(PlanChanged)).differences == ("host-key: ok -> block",)
    assert lab.world.effects == []
    assert lab.world.effects == []


async def test_readings_may_drift_and_the_dump_that_is_there_is_noted(lab: Site) -> None:
    lab.world.file = dump_file()
    await lab.approved()
    lab.world.machine = machine(heartbeat="yellow", notes="changed")
    lab.world.surroundings = surroundings(tasks=("VirtualMachine.createSnapshot",))
    lab.world.screen = b"blue screen"
    assert (await lab.run(until="prepare")).state is State.READY
    confirmed = await lab.one(PlanConfirmed)
    assert (confirmed.dump_before, confirmed.looks) == (dump_file(), "blue screen")


async def test_a_snapshot_that_came_meanwhile_is_put_to_the_vote(lab: Site) -> None:
    await lab.approved()
    lab.world.machine = machine(heartbeat="red")
    lab.world.surroundings = surroundings(snapshots=1)
    assert (await lab.run()).state is State.PLANNED
    assert (await lab.one(Planned)).differences == ("snapshots: ok -> warn",)
    assert lab.world.effects == []


async def test_a_datastore_that_filled_up_meanwhile_ends_it(lab: Site) -> None:
    await lab.approved()
    lab.world.surroundings = surroundings(stores=(store(free=GIB),))
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert (await lab.one(PlanChanged)).differences == ("datastore: ok -> block",)
    assert lab.world.effects == []


async def test_an_old_approval_opens_no_host(lab: Site) -> None:
    await lab.approved()
    lab.world.clock.advance(lab.tools.times.approval + 1)
    ended = await lab.run()
    assert ended.outcome is Outcome.FAILED
    assert (await lab.one(Failed)).code is Code.STALE_APPROVAL
    assert lab.world.effects == []
