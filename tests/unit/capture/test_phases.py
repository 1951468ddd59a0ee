"""Phases are led by the request's state, and end it truthfully when they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from bot.capture.capture import PHASES, Capture
from bot.capture.tools import Tools
from bot.core.errors import Code, VmdumpError
from bot.core.events import Failed, NotVerified
from bot.core.request import BEFORE_NMI, CAPTURING, Outcome, Request, State
from bot.store.commit import Step, WrongState
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY
from tests.unit.core.things import REQUEST
from tests.unit.store.kit import always

PATH = {
    "ready": State.APPROVED,
    "prepare": State.PREPARING,
    "fire": State.FIRING,
    "watch": State.SENT,
    "await dump": State.CRASHED,
    "await reboot": State.DUMPED,
    "verify": State.REBOOTED,
}


async def at(lab: Site, state: State) -> Request:
    request = await lab.approved()
    way = (State.READY, State.PREPARING, State.PREPARED, State.FIRING, State.SENT, State.CRASHED)
    for step in (*way, State.DUMPED, State.REBOOTED, State.VERIFIED):
        if request.state is not state:
            moved = always(Step(events=(), to=step))
            request = (await lab.store.committer.commit(REQUEST, f"to/{step}", moved)).request
    return request


def capture(lab: Site, phase: str, work: Callable[[Tools, Request], Awaitable[None]]) -> Capture:
    """A capture with other work in one phase."""
    made = Capture(lab.tools)
    made._phases[phase] = replace(made._phases[phase], work=work)
    return made


def raising(error: Exception) -> Callable[[Tools, Request], Awaitable[None]]:
    async def work(_: Tools, __: Request) -> None:
        raise error

    return work


def test_the_nmi_waits_for_no_phase_that_is_not_needed_for_it() -> None:
    assert [phase.name for phase in PHASES][:3] == ["ready", "prepare", "fire"]


def test_every_state_that_somebody_has_to_run_has_a_phase() -> None:
    assert frozenset[State]().union(*(phase.states for phase in PHASES)) == CAPTURING


@pytest.mark.parametrize("phase", PATH)
@pytest.mark.parametrize("error", [AWAY, KeyError("a mistake of ours")])
async def test_a_phase_that_fails_ends_the_request_by_what_is_known(
    lab: Site, phase: str, error: Exception
) -> None:
    before = await at(lab, PATH[phase])
    await capture(lab, phase, raising(error)).phase(phase, REQUEST, 0)
    ended = await lab.request()
    early = before.state in BEFORE_NMI
    assert (ended.state, ended.outcome) == (State.ENDING, Outcome.FAILED if early else Outcome.UNKNOWN)
    told = await lab.one(Failed if early else NotVerified)
    assert told.code is (error.code if isinstance(error, VmdumpError) else Code.INTERNAL)


async def test_a_mistake_of_ours_is_told_without_its_words(lab: Site) -> None:
    await at(lab, State.APPROVED)
    await capture(lab, "ready", raising(RuntimeError("secret"))).phase("ready", REQUEST, 0)
    assert (await lab.one(Failed)).params == {"cause": "RuntimeError"}


@pytest.mark.parametrize("phase", ["ready", "finish"])
async def test_a_database_that_fails_ends_the_run_and_nothing_else(lab: Site, phase: str) -> None:
    before = await at(lab, State.APPROVED if phase == "ready" else State.VERIFIED)
    error = OperationalError("COMMIT", {}, Exception("disk I/O error"))
    with pytest.raises(OperationalError):
        await capture(lab, phase, raising(error)).phase(phase, REQUEST, 0)
    assert await lab.request() == before


async def test_the_last_phase_never_gives_up(lab: Site) -> None:
    before = await at(lab, State.VERIFIED)
    with pytest.raises(VmdumpError):
        await capture(lab, "finish", raising(AWAY)).phase("finish", REQUEST, 0)
    assert await lab.request() == before


async def test_a_withdrawal_in_between_is_left_as_it_is(lab: Site) -> None:
    before = await at(lab, State.APPROVED)
    wrong = WrongState(before, State.READY)
    await capture(lab, "ready", raising(wrong)).phase("ready", REQUEST, 0)
    assert await lab.request() == before


@pytest.mark.parametrize("run", [0, 2])
async def test_a_run_that_is_not_the_current_one_does_nothing(lab: Site, run: int) -> None:
    await lab.approved()
    await lab.start()
    before = await lab.store.tables()
    for phase in PHASES:
        await Capture(lab.tools).phase(phase.name, REQUEST, run)
    assert await lab.store.tables() == before
    assert lab.world.effects == []


async def test_a_phase_whose_turn_has_not_come_does_nothing(lab: Site) -> None:
    await lab.approved()
    before = await lab.store.tables()
    for phase in PHASES[1:]:
        await Capture(lab.tools).phase(phase.name, REQUEST, 0)
    assert await lab.store.tables() == before
