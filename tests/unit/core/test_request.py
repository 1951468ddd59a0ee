"""The states of a request: which may follow which."""

from __future__ import annotations

import secrets

import pytest

from bot.core.request import (
    BEFORE_NMI,
    CAPTURING,
    FOLLOWERS,
    STOPPABLE,
    UNDECIDED,
    Alphabet,
    State,
    may_follow,
    new_id,
)
from tests.unit.core.things import request


def reachable(start: State) -> set[State]:
    found, new = {start}, {start}
    while new:
        new = {after for state in new for after in FOLLOWERS[state]} - found
        found |= new
    return found


@pytest.mark.parametrize("state", State)
def test_every_state_reaches_the_end(state: State) -> None:
    assert State.CLOSED in reachable(state)


@pytest.mark.parametrize("state", [s for s in State if s not in STOPPABLE])
def test_from_the_first_effect_on_there_is_no_way_back(state: State) -> None:
    assert not reachable(state) & STOPPABLE


@pytest.mark.parametrize("state", [s for s in State if s not in BEFORE_NMI | {State.FIRING}])
def test_behind_the_nmi_there_is_no_way_back(state: State) -> None:
    assert not reachable(state) & BEFORE_NMI
    assert State.FIRING not in reachable(state)


def test_from_the_intent_of_the_nmi_only_another_route_can_be_prepared() -> None:
    assert FOLLOWERS[State.FIRING] & BEFORE_NMI == {State.PREPARING}
    firing = request(state=State.FIRING, leg=1)
    for leg in range(4):
        assert firing.may_become(request(state=State.PREPARING, leg=leg)) is (leg == 2)


def test_nothing_fires_without_an_approval_and_a_fresh_look() -> None:
    for skipped in (State.PLANNED, State.APPROVED, State.READY, State.PREPARING, State.PREPARED):
        before = {s for s in State if s is not skipped}
        found, new = {State.ASKED}, {State.ASKED}
        while new:
            new = {a for s in new for a in FOLLOWERS[s] if a in before} - found
            found |= new
        assert State.FIRING not in found


def test_what_was_changed_is_put_back_before_the_end() -> None:
    """From the first change on only the states whose phase restores may close."""
    closing = {s for s in State if may_follow(s, State.CLOSED)}
    assert closing - STOPPABLE == {State.VERIFIED, State.ENDING}


def test_a_stoppable_request_can_be_closed_at_once() -> None:
    assert all(may_follow(state, State.CLOSED) for state in STOPPABLE)


def test_somebody_runs_what_is_decided_and_not_closed() -> None:
    assert set(State) == UNDECIDED | CAPTURING | {State.CLOSED}
    assert not UNDECIDED & CAPTURING
    assert [s for s in State if not request(state=s).living] == [State.CLOSED]


def test_an_id_can_be_said_aloud() -> None:
    picked = {new_id(secrets.choice) for _ in range(200)}
    assert all(i.startswith("VD-") and len(i) == 7 and set(i[3:]) <= set(Alphabet) for i in picked)
    assert not set(Alphabet) & set("01OILU")
    assert len(set(Alphabet)) == len(Alphabet)
    assert len(picked) > 190
