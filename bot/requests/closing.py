"""Ending a request that has changed nothing."""

from __future__ import annotations

from bot.core.entry import Event
from bot.core.events import Closed, Durations
from bot.core.request import Outcome, Request, State
from bot.core.vote import Vote
from bot.store.commit import Step


def closed(request: Request, outcome: Outcome) -> Closed:
    """The last entry of a request that ends before its first change."""
    return Closed(vm=request.vm_name, outcome=outcome, changes=0, restored=0, durations=Durations())


def ended(request: Request, events: tuple[Event, ...], votes: tuple[Vote, ...], outcome: Outcome) -> Step:
    """The end by a vote."""
    return Step(
        events=(*events, closed(request, outcome)),
        to=State.CLOSED,
        set={"votes": votes, "outcome": outcome},
    )
