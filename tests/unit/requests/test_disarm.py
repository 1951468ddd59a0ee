"""Disarming: whoever may arm gives the guest to whoever puts back, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.capture.disarmed import DISARM
from bot.capture.reconcile import Reconciler
from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import DisarmAsked, Disarmed, TakenOver
from bot.core.policy.right import Right
from bot.core.purpose import Purpose
from bot.core.request import Outcome, State
from bot.requests.ports import DisarmAsk
from tests.unit.capture.armed import DUMP_KIND, REBOOTS, unarmed, values
from tests.unit.capture.world import Killed
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, MALLORY, REQUEST
from tests.unit.guest.readings import dword, windows
from tests.unit.requests.office import GUEST, OTHER_CHANNEL, Office

REFUSED = VmdumpError(Code.GUEST_UNAVAILABLE, vm="DumpTest")
SETTLE = 61.0
"""seconds after which it is looked at again"""


@pytest.fixture
async def armed(office: Office) -> Office:
    """alice had it armed, bob approved."""
    unarmed(office.world)
    await office.awaiting(purpose=Purpose.ARM)
    await office.react()
    assert (await office.to_the_end()).outcome is Outcome.ARMED
    assert values(office.world) == (1, 1)
    return office


async def disarm(office: Office, person: str = ALICE, key: str = "disarm/1", channel: str = CHANNEL) -> None:
    await office.handlers.disarm(DisarmAsk(key=key, person=person, channel=channel, query="DumpTest"))


async def reconcile(office: Office, times: int = 1) -> None:
    for _ in range(times):
        await Reconciler(office.tools, frozenset, every=60).once()
        office.world.clock.advance(SETTLE)


async def kept(office: Office) -> set[bool]:
    return {debt.kept for debt in await office.store.reader.debts(REQUEST, only_open=True)}


async def check_disarmed(office: Office) -> Disarmed:
    """It is said once, and nothing is owed."""
    assert await office.store.reader.debts(only_open=True) == ()
    assert await office.store.reader.journal_fault(REQUEST) is None
    told: Disarmed = await office.one(Disarmed)
    return told


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (ALICE, None),
        (BOB, Code.NOT_ALLOWED),
        (CAROL, Code.NOT_ALLOWED),
        (MALLORY, Code.NOT_ALLOWED),
        (GUEST, Code.FOREIGN_PERSON),
    ],
)
async def test_only_who_may_arm_may_disarm(armed: Office, person: str, code: Code | None) -> None:
    """bob may ask for dumps, and approves arming: neither lets him disarm."""
    await disarm(armed, person)
    if code is None:
        assert (await armed.one(DisarmAsked)).person == person
        assert await kept(armed) == {False}
        return
    assert await armed.refusal() is code
    assert await kept(armed) == {True}
    assert await armed.store.reader.find(REQUEST, DISARM) is None


async def test_a_deny_rule_holds_and_so_does_the_channel(armed: Office) -> None:
    await disarm(armed, channel=OTHER_CHANNEL)
    assert await armed.refusal() is Code.NOT_ALLOWED
    armed.policies.denies = {Right.ARM: (ALICE,)}
    await disarm(armed, key="disarm/2")
    assert await kept(armed) == {True}


async def test_a_guest_that_is_not_armed(office: Office) -> None:
    await disarm(office)
    assert await office.refusal() is Code.NOT_ARMED


@pytest.mark.parametrize("at", ["arm", "finish"])
async def test_a_guest_that_is_being_armed_is_not_armed_yet(office: Office, at: str) -> None:
    """Or is being put back because that failed: both end without anybody's help."""
    unarmed(office.world)
    office.world.failing = {"start": [None, REFUSED]}
    await office.awaiting(purpose=Purpose.ARM)
    await office.react()
    if at == "arm":
        office.world.hook = killed_at(f"change/{REQUEST}/1/made")
        with pytest.raises(Killed):
            await office.run()
        office.world.hook = None
    else:
        await office.run(until="finish")
        assert (await office.request()).state is State.ENDING
    await disarm(office)
    assert await office.refusal() is Code.NOT_ARMED
    assert (await office.to_the_end()).outcome is Outcome.ARMING_FAILED
    assert values(office.world) == (3, 0)
    assert "disarmed" not in await office.kinds()


async def test_it_is_put_back_by_whoever_puts_back_and_said_once(armed: Office) -> None:
    await disarm(armed)
    assert values(armed.world) == (1, 1)
    (answer,) = [e for e in await armed.told() if e.kind == "answered"]
    assert answer.data["lines"] == ["DumpTest", REQUEST]
    await reconcile(armed)
    assert values(armed.world) == (3, 0)
    assert "disarmed" in await armed.kinds()
    await reconcile(armed, 3)
    assert [c.label for c in (await check_disarmed(armed)).changes] == ["CrashDumpEnabled", "AutoReboot"]
    assert armed.world.effects.count("stop registry") == 2
    assert (await armed.request()).state is State.CLOSED


async def test_a_disarmed_guest_can_be_armed_again(armed: Office) -> None:
    await disarm(armed)
    await reconcile(armed, 3)
    await armed.ask(key="ask/2", purpose=Purpose.ARM)
    again = next(r for r in await armed.store.reader.living())
    assert (again.state, again.purpose) == (State.PLANNED, Purpose.ARM)


async def test_a_guest_is_not_disarmed_under_a_capture_that_counts_on_it(armed: Office) -> None:
    armed.world.registry = dict(windows().keys)
    await armed.ask(key="ask/2")
    (capture,) = await armed.store.reader.living()
    await disarm(armed)
    assert await armed.refusal() is Code.VM_BUSY
    assert await kept(armed) == {True}
    await armed.cancel(request=capture.id)
    await disarm(armed, key="disarm/2")
    assert await kept(armed) == {False}


async def test_a_repeated_delivery_changes_nothing(armed: Office) -> None:
    await disarm(armed)
    before = await armed.store.tables()
    await disarm(armed)
    assert await armed.store.tables() == before
    await reconcile(armed, 3)
    before = await armed.store.tables()
    await disarm(armed)
    assert await armed.store.tables() == before


async def test_killed_before_the_answer_it_is_answered_when_it_is_delivered_again(armed: Office) -> None:
    """And not refused because it is being put back already."""
    taken = armed.store.committer.note

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    armed.store.committer.note = killed  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        await disarm(armed)
    armed.store.committer.note = taken  # type: ignore[method-assign]
    assert await kept(armed) == {False}
    await reconcile(armed)
    await disarm(armed)
    entry = await armed.store.reader.find(SITE, "disarm/1")
    assert entry is not None
    assert entry.kind == "answered"
    await reconcile(armed, 3)
    await check_disarmed(armed)
    await armed.one(DisarmAsked)


async def test_two_at_once_are_one(armed: Office) -> None:
    """Whoever comes second must not take back what was put back meanwhile."""
    await asyncio.gather(disarm(armed, key="disarm/1"), disarm(armed, key="disarm/2"))
    await armed.one(DisarmAsked)
    await reconcile(armed)
    before = await armed.store.reader.debts(REQUEST, only_open=False)
    await disarm(armed, key="disarm/3")
    assert await armed.store.reader.debts(REQUEST, only_open=False) == before
    await reconcile(armed, 3)
    await check_disarmed(armed)
    assert armed.world.effects.count("stop registry") == 2
    assert len([e for e in await armed.told() if e.kind == "answered"]) == 3


async def test_what_somebody_else_has_set_since_is_left_and_named(armed: Office) -> None:
    armed.world.in_guest[REBOOTS] = dword(7)
    await disarm(armed)
    await reconcile(armed, 3)
    assert values(armed.world) == (3, 7)
    assert (await armed.one(TakenOver)).change.label == "AutoReboot"
    # That it is as it was is said of what is.
    assert [c.label for c in (await check_disarmed(armed)).changes] == ["CrashDumpEnabled"]


async def test_where_all_was_set_by_somebody_else_nothing_is_touched(armed: Office) -> None:
    armed.world.in_guest |= {DUMP_KIND: dword(2), REBOOTS: dword(7)}
    await disarm(armed)
    await reconcile(armed)
    assert (await check_disarmed(armed)).changes == ()
    assert "stop registry" not in armed.world.effects
    assert values(armed.world) == (2, 7)


async def test_a_guest_that_hangs_is_asked_again_and_again_and_shouted_about(armed: Office) -> None:
    armed.world.always_failing = {"stop": REFUSED}
    await disarm(armed)
    await reconcile(armed, 6)
    kinds = await armed.kinds()
    assert kinds.count("restore-owed") == 4
    assert kinds.count("restore-failed") == 12
    assert "disarmed" not in kinds
    assert (await armed.request()).restore_failed is True
    armed.world.always_failing = {}
    await reconcile(armed, 3)
    await check_disarmed(armed)
    assert values(armed.world) == (3, 0)
    assert (await armed.kinds()).count("restored-after-all") == 2
    assert (await armed.request()).restore_failed is False


async def test_disarmed_between_armed_and_closed(office: Office) -> None:
    """The bot was down then: the request's own last phase puts it back."""
    unarmed(office.world)
    await office.awaiting(purpose=Purpose.ARM)
    await office.react()
    await office.run(until="finish")
    await disarm(office)
    assert await kept(office) == {False}
    await reconcile(office)
    assert values(office.world) == (1, 1)
    assert (await office.to_the_end()).outcome is Outcome.ARMED
    assert values(office.world) == (3, 0)
    assert len((await check_disarmed(office)).changes) == 2


async def test_disarmed_while_the_last_phase_has_looked_already(office: Office) -> None:
    unarmed(office.world)
    await office.awaiting(purpose=Purpose.ARM)
    await office.react()
    await office.run(until="finish")
    read, looks = office.store.reader.debts, 0

    async def then_disarmed(*given: str, only_open: bool) -> object:
        nonlocal looks
        found = await read(*given, only_open=only_open)
        looks += 1
        if looks == 3:
            office.store.reader.debts = read  # type: ignore[method-assign]
            await disarm(office)
        return found

    office.store.reader.debts = then_disarmed  # type: ignore[method-assign, assignment]
    assert (await office.run()).state is State.CLOSED
    await reconcile(office, 3)
    assert values(office.world) == (3, 0)
    await check_disarmed(office)


def killed_at(at: str) -> Callable[[str], Awaitable[None]]:
    async def hook(point: str) -> None:
        if point == at:
            raise Killed(point)

    return hook


async def test_it_is_said_wherever_the_reconciler_is_killed(armed: Office) -> None:
    """One value is somebody else's, so that the last commit may be the one that leaves it."""
    armed.world.in_guest[REBOOTS] = dword(7)
    await disarm(armed)
    points: list[str] = []

    async def kill_once_at_each(point: str) -> None:
        step = point.rsplit("/", 1)[-1]
        if step not in points:
            points.append(step)
            raise Killed(point)

    armed.world.hook = kill_once_at_each
    for _ in range(12):
        try:
            await reconcile(armed)
        except Killed:
            armed.world.clock.advance(SETTLE)
    assert points == ["intent", "call stop", "restored", "settled", "taken-over"]
    assert [c.label for c in (await check_disarmed(armed)).changes] == ["CrashDumpEnabled"]
    assert values(armed.world) == (3, 7)
