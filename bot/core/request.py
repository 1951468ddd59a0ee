"""One wish to capture one VM: its states, and which may follow which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from bot.core.arming import ArmWish
from bot.core.plan import Plan
from bot.core.policy.requirement import Requirement
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.value import Value
from bot.core.vote import Vote


class State(StrEnum):
    ASKED = "asked"
    PLANNED = "planned"
    AWAITING = "awaiting approval"
    APPROVED = "approved"
    READY = "ready"
    PREPARING = "preparing"
    """the first effect may have happened: what was begun is put back, not called off"""
    PREPARED = "prepared"
    FIRING = "NMI intended"
    SENT = "NMI sent"
    CRASHED = "crash seen"
    DUMPED = "dump written"
    REBOOTED = "rebooted"
    VERIFIED = "verified"
    ENDING = "ending"
    """the outcome is known, restoring is under way"""
    CLOSED = "closed"


class Outcome(StrEnum):
    CAPTURED = "captured"
    NOT_VERIFIED = "not verified"
    INCOMPLETE = "incomplete"
    NO_CRASH = "no crash seen"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PLAN_CHANGED = "plan changed"
    FAILED = "failed before the NMI"
    REHEARSED = "rehearsed"
    REHEARSAL_FAILED = "rehearsal failed"
    ARMED = "armed"
    ARMING_FAILED = "arming failed"


FOLLOWERS: dict[State, frozenset[State]] = {
    State.ASKED: frozenset({State.PLANNED, State.ENDING, State.CLOSED}),
    # Straight to approved: by the command line, while the chat takes no messages.
    State.PLANNED: frozenset({State.AWAITING, State.APPROVED, State.CLOSED}),
    State.AWAITING: frozenset({State.APPROVED, State.PLANNED, State.CLOSED}),
    State.APPROVED: frozenset({State.READY, State.PLANNED, State.ENDING, State.CLOSED}),
    State.READY: frozenset({State.PREPARING, State.ENDING, State.CLOSED}),
    State.PREPARING: frozenset({State.PREPARED, State.ENDING}),
    State.PREPARED: frozenset({State.FIRING, State.ENDING}),
    # Back, when a route proved that it sent nothing and another one was approved too.
    State.FIRING: frozenset({State.SENT, State.PREPARING, State.ENDING}),
    State.SENT: frozenset({State.CRASHED, State.ENDING}),
    State.CRASHED: frozenset({State.DUMPED, State.ENDING}),
    State.DUMPED: frozenset({State.REBOOTED, State.ENDING}),
    State.REBOOTED: frozenset({State.VERIFIED, State.ENDING}),
    State.VERIFIED: frozenset({State.CLOSED}),
    State.ENDING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}

UNDECIDED = frozenset({State.ASKED, State.PLANNED, State.AWAITING})
STOPPABLE = UNDECIDED | {State.APPROVED, State.READY}
"""until the first effect's row commits, a withdrawal or a denial wins"""
BEFORE_NMI = STOPPABLE | {State.PREPARING, State.PREPARED}
CAPTURING = frozenset(State) - UNDECIDED - {State.CLOSED}
"""somebody has to be running these"""


def may_follow(before: State, after: State) -> bool:
    return after in FOLLOWERS[before]


class Request(Value):
    """A row of the requests table."""

    id: str
    vm_key: str
    """the VM's identity everywhere: one living request per key"""
    vcenter: str
    moid: str
    vm_name: str
    reason: str
    requester: str
    channel: str
    channel_name: str
    created_at: datetime
    purpose: Purpose = Purpose.CAPTURE
    """the approved plan's has to be the same"""
    override: bool = False
    """the requester, who may, wants the dump in spite of what readiness says"""
    arming: ArmWish | None = None
    """of a request to arm"""
    state: State = State.ASKED
    outcome: Outcome | None = None
    plan: Plan | None = None
    digest: str | None = None
    round: int = 0
    """number of the plan that stands for approval, from 1"""
    requirement: Requirement | None = None
    """what the approval needed when it was asked for; judged again at each vote"""
    deadline: datetime | None = None
    thread: str | None = None
    """ts of the thread's first message"""
    approval_message: str | None = None
    """ts of the message whose reactions count"""
    votes: tuple[Vote, ...] = ()
    approved_at: datetime | None = None
    """when the deciding vote was committed"""
    run: int = 0
    """number of the current execution, from 1; any other does nothing"""
    rested: int = 0
    """the execution that put the plan to the vote anew: the next one begins, and goes on with nothing"""
    leg: int = 0
    """which of the plan's routes is tried, from 0"""
    route: Route | None = None
    """the one that the requester named; None leaves it to the settings"""
    world_id: int | None = None
    restore_failed: bool = False
    broke_glass: str | None = None
    """who approved it alone, for good"""
    reviewed_by: str | None = None
    """the approver who has looked at that afterwards"""

    @property
    def review_owed(self) -> bool:
        return self.broke_glass is not None and self.reviewed_by is None

    @property
    def living(self) -> bool:
        return self.state is not State.CLOSED

    def may_become(self, after: Request) -> bool:
        """Whether the transition is allowed. Behind an NMI's intent only another route may be prepared."""
        if (self.state, after.state) == (State.FIRING, State.PREPARING):
            return after.leg == self.leg + 1
        return may_follow(self.state, after.state)


Alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""no 0/O, 1/I/L, U: people say these ids aloud"""


def new_id(pick: Callable[[str], str]) -> str:
    """A request id such as ``VD-7K3Q``; ``pick`` takes one character of an alphabet at random."""
    return "VD-" + "".join(pick(Alphabet) for _ in range(4))
