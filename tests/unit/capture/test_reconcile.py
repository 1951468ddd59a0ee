"""Debts that no running capture owns are paid by the reconciler, or by hand."""

from __future__ import annotations

import asyncio

import pytest

from bot.capture.reconcile import ATTEMPTS_BY_HAND, Reconciler, pay
from bot.core.change import ChangeState
from bot.core.request import Outcome, State
from bot.requests.closing import closed
from bot.store.commit import Step
from bot.store.ledger import Debt
from tests.unit.capture.site import Site
from tests.unit.capture.test_undo import SHELL, owe, read
from tests.unit.capture.world import AWAY
from tests.unit.core.things import REQUEST, request
from tests.unit.store.kit import always


async def close(lab: Site) -> None:
    step = Step(events=(closed(request(), Outcome.FAILED),), to=State.CLOSED, set={"outcome": Outcome.FAILED})
    await lab.store.committer.commit(REQUEST, "closed", always(step))


def reconciler(lab: Site, owned: frozenset[str] = frozenset()) -> Reconciler:
    return Reconciler(lab.tools, lambda: owned, every=60)


async def test_it_pays_what_a_closed_request_owes(lab: Site) -> None:
    await owe(lab)
    await close(lab)
    await reconciler(lab).once()
    assert (await read(lab)).state is ChangeState.RESTORED
    await reconciler(lab).once()
    assert (await read(lab)).state is ChangeState.RESTORED
    lab.world.clock.advance(61)
    await reconciler(lab).once()
    assert (await read(lab)).state is ChangeState.SETTLED
    assert await lab.store.reader.journal_fault(REQUEST) is None


async def test_it_leaves_alone_what_a_living_request_or_a_running_capture_owns(lab: Site) -> None:
    await owe(lab)
    await reconciler(lab).once()
    await close(lab)
    await reconciler(lab, frozenset({REQUEST})).once()
    assert (await read(lab)).state is ChangeState.MADE
    assert lab.world.running == ["TSM-SSH"]


async def test_one_debt_that_breaks_it_does_not_hold_up_the_others(
    lab: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await owe(lab, 1)
    await owe(lab, 2, change=SHELL)
    await close(lab)
    lab.world.failing = {"host": [RuntimeError("a mistake of ours")]}
    await reconciler(lab).once()
    assert [(await read(lab, n)).state for n in (1, 2)] == [ChangeState.MADE, ChangeState.RESTORED]
    assert f"{REQUEST}/1" in caplog.text


async def test_it_goes_on_when_a_round_fails(lab: Site, caplog: pytest.LogCaptureFixture) -> None:
    rounds = 0

    async def pause(_: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise asyncio.CancelledError

    def owned() -> frozenset[str]:
        raise RuntimeError("a mistake of ours")

    await owe(lab)
    await close(lab)
    object.__setattr__(lab.tools, "pause", pause)
    with pytest.raises(asyncio.CancelledError):
        await Reconciler(lab.tools, owned, every=60).run()
    assert rounds == 3
    assert caplog.text.count("reconciling failed") == 3


async def test_paying_by_hand_waits_for_the_second_look(lab: Site) -> None:
    owed = (await owe(lab, 1), await owe(lab, 2, change=SHELL))
    told: list[Debt] = []
    assert await pay(lab.tools, owed, told.append) == ()
    assert [(await read(lab, n)).state for n in (1, 2)] == [ChangeState.SETTLED] * 2
    # Nothing stays on while the second look at something else is waited for.
    assert [d.state for d in told] == [ChangeState.RESTORED] * 2 + [ChangeState.SETTLED] * 2


async def test_paying_by_hand_says_what_is_left(lab: Site) -> None:
    owed = (await owe(lab, 1), await owe(lab, 2, change=SHELL))
    lab.world.failing = {"stop": [AWAY for _ in range(2 * ATTEMPTS_BY_HAND)]}
    left = await pay(lab.tools, owed, lambda _: None)
    assert [d.change_id for d in left] == [f"{REQUEST}/1", f"{REQUEST}/2"]
    assert set(lab.world.running) == {"TSM", "TSM-SSH"}
