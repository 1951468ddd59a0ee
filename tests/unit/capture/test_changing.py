"""Making a change: owed before it is made, made once, and never taken for ours when it is not."""

from __future__ import annotations

import pytest

from bot.capture.changing import make
from bot.core.change import ChangeState
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import ChangeMade, ChangeNeverMade, Failed, WaitingForHost
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step
from bot.store.ledger import Debt
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, LOST
from tests.unit.core.things import REQUEST, change
from tests.unit.store.kit import always, debt

SSH = change()
ID = f"{REQUEST}/2"


@pytest.fixture
async def request_(lab: Site) -> Request:
    return await lab.approved()


async def owed(lab: Site) -> Debt:
    (found,) = await lab.store.reader.debts(only_open=False)
    return found


async def write(lab: Site, state: ChangeState) -> None:
    """What an earlier run, or somebody by hand, has left in the ledger."""
    left = debt(2, state=state, intended_at=lab.world.clock.now())
    await lab.store.committer.commit(REQUEST, f"change/{ID}/intent", always(Step(events=(), debts=(left,))))


async def test_it_is_owed_before_it_is_made(lab: Site, request_: Request) -> None:
    states: list[ChangeState] = []

    async def hook(point: str) -> None:
        if point == "call start":
            states.append((await owed(lab)).state)

    lab.world.hook = hook
    await make(lab.tools, request_, 2, SSH)
    assert states == [ChangeState.INTENDED]
    assert (await owed(lab)).state is ChangeState.MADE
    await make(lab.tools, request_, 2, SSH)
    assert lab.world.effects == ["start TSM-SSH"]


@pytest.mark.parametrize("after", [0.0, 30.0, 59.0])
async def test_a_lost_answer_is_looked_for_and_not_asked_again(
    lab: Site, request_: Request, after: float
) -> None:
    lab.world.late = {"start": [after]}
    await make(lab.tools, request_, 2, SSH)
    assert isinstance((await lab.events())[-1], ChangeMade)
    assert lab.world.effects == []
    assert lab.world.running == ["TSM-SSH"]


async def test_what_does_not_show_in_time_fails_and_stays_owed(lab: Site, request_: Request) -> None:
    lab.world.failing = {"start": [LOST]}
    with pytest.raises(VmdumpError) as failed:
        await make(lab.tools, request_, 2, SSH)
    assert failed.value.code is Code.OUTCOME_UNKNOWN
    assert (await owed(lab)).state is ChangeState.INTENDED


async def test_what_is_refused_was_never_made(lab: Site, request_: Request) -> None:
    lab.world.failing = {"start": [AWAY]}
    with pytest.raises(VmdumpError) as failed:
        await make(lab.tools, request_, 2, SSH)
    assert failed.value.code is AWAY.code
    assert (await owed(lab)).state is ChangeState.NEVER_MADE
    assert isinstance((await lab.events())[-1], ChangeNeverMade)


@pytest.mark.parametrize("running", [True, False])
async def test_an_intent_of_an_earlier_run_is_not_repeated(
    lab: Site, request_: Request, running: bool
) -> None:
    await write(lab, ChangeState.INTENDED)
    lab.world.set_service("TSM-SSH", running=running)
    if running:
        await make(lab.tools, request_, 2, SSH)
        assert (await owed(lab)).state is ChangeState.MADE
    else:
        with pytest.raises(VmdumpError):
            await make(lab.tools, request_, 2, SSH)
    assert lab.world.effects == []


async def test_two_runs_at_once_make_one_call(lab: Site, request_: Request) -> None:
    """The other run writes its intent between this one's look at the ledger and its own intent."""
    real = lab.tools.reader.debts

    async def while_the_other_starts(*of: str, only_open: bool) -> tuple[Debt, ...]:
        seen = await real(*of, only_open=only_open)
        object.__setattr__(lab.tools.reader, "debts", real)
        await make(lab.tools, request_, 2, SSH)
        return seen

    object.__setattr__(lab.tools.reader, "debts", while_the_other_starts)
    await make(lab.tools, request_, 2, SSH)
    assert lab.world.effects == ["start TSM-SSH"]


@pytest.mark.parametrize("state", [ChangeState.NEVER_MADE, ChangeState.SETTLED, ChangeState.RESTORED])
@pytest.mark.parametrize("running", [True, False])
async def test_what_runs_after_ours_was_undone_or_refused_is_somebody_elses(
    lab: Site, request_: Request, state: ChangeState, running: bool
) -> None:
    await write(lab, state)
    lab.world.set_service("TSM-SSH", running=running)
    with pytest.raises(VmdumpError) as failed:
        await make(lab.tools, request_, 2, SSH)
    assert failed.value.code is Code.CHANGED_MEANWHILE
    assert (await owed(lab)).state is state
    assert lab.world.effects == []


async def test_a_service_that_somebody_started_since_the_plan_is_theirs(lab: Site) -> None:
    await lab.approved()
    await lab.run(until="prepare")
    lab.world.set_service("TSM", running=True)
    ended = await lab.run()
    assert ended.outcome is Outcome.FAILED
    assert (await lab.one(Failed)).code is Code.CHANGED_MEANWHILE
    assert lab.world.running == ["TSM"]


async def other_request(lab: Site) -> None:
    """Holds the host's SSH."""
    await lab.store.open("delivery/2", id="VD-2222", vm_key="other")
    held = debt(1, "VD-2222", state=ChangeState.MADE)
    await lab.store.committer.commit("VD-2222", "held", always(Step(events=(), debts=(held,))))


async def test_it_waits_for_its_turn_on_the_host_and_says_so_once(lab: Site, request_: Request) -> None:
    await other_request(lab)
    waited = 0

    async def pause(seconds: float) -> None:
        nonlocal waited
        waited += 1
        lab.world.clock.advance(seconds)
        if waited == 3:
            free = debt(1, "VD-2222", state=ChangeState.SETTLED)
            await lab.store.committer.commit("VD-2222", "free", always(Step(events=(), debts=(free,))))

    object.__setattr__(lab.tools, "pause", pause)
    await make(lab.tools, request_, 2, SSH)
    assert (await lab.one(WaitingForHost)).holder == "VD-2222"
    assert lab.world.effects == ["start TSM-SSH"]


async def test_it_gives_up_a_host_that_is_held_for_too_long(lab: Site, request_: Request) -> None:
    await other_request(lab)
    with pytest.raises(VmdumpError) as failed:
        await make(lab.tools, request_, 2, SSH)
    assert (failed.value.code, failed.value.params["request"]) == (Code.HOST_BUSY, "VD-2222")
    assert not isinstance(failed.value, OutcomeUnknown)
    assert await lab.store.reader.debts(REQUEST, only_open=False) == ()


async def test_the_second_change_failing_undoes_the_first(lab: Site) -> None:
    lab.world.failing = {"start": [None, AWAY]}
    await lab.approved()
    ended = await lab.run()
    assert (ended.state, ended.outcome) == (State.CLOSED, Outcome.FAILED)
    assert lab.world.effects == ["log vm", "log host", "start TSM", "stop TSM"]
    await lab.check_the_end()
