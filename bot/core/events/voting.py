"""Who agreed, who did not, and who has to look again."""

from __future__ import annotations

from datetime import datetime

from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import PRIVATE, RECORD, THREAD, Params
from bot.core.policy.approvers import Approvers
from bot.core.policy.freeze import Frozen
from bot.core.policy.model import Means
from bot.core.vote import Choice


class Voted(Event, kind="voted", shows=THREAD, audited=True):
    person: str
    choice: Choice
    groups: tuple[str, ...]
    rules: tuple[str, ...]
    policy_sha256: str
    digest: str
    count: int
    quorum: int
    message: str
    """ts of the approval message"""
    means: Means = Means.REACTION
    reason: str = ""
    found: bool = False
    """it was found on the message afterwards; its time is that of the reading"""
    missing: tuple[str, ...] = ()
    """groups of which an approver is still needed"""
    clock_offset: float | None = None
    """seconds by which the chat's clock was ahead of ours"""


class BrokeGlass(Event, kind="broke-glass", shows=THREAD, audited=True):
    """One person approved alone, in the open; another approver has to look at it afterwards."""

    person: str
    reason: str
    groups: tuple[str, ...]
    rules: tuple[str, ...]
    policy_sha256: str
    digest: str
    message: str
    approvers: tuple[Approvers, ...]
    """all are called"""
    frozen: Frozen | None = None
    clock_offset: float | None = None


class GlassClaimed(Event, kind="glass-claimed", shows=RECORD):
    """In the site journal: one of the times that a person may break glass is spent."""

    person: str
    request: str
    delivery: str


class GlassReviewed(Event, kind="glass-reviewed", shows=THREAD, audited=True):
    person: str
    groups: tuple[str, ...]
    words: str


class GlassUnreviewed(Event, kind="glass-unreviewed", shows=THREAD, audited=True):
    """A day has gone by, and nobody has looked at it."""

    person: str
    """who broke glass"""
    days: int
    approvers: tuple[Approvers, ...]


class Reminded(Event, kind="reminded", shows=THREAD):
    """Nobody has decided yet."""

    approvers: tuple[Approvers, ...]
    deadline: datetime
    count: int
    quorum: int
    escalated: bool
    """whether others are called than those who were asked"""


class ApprovalLapsed(Event, kind="approval-lapsed", shows=THREAD, audited=True):
    """Looked at again before the first change, what had been approved is approved no more."""

    count: int
    quorum: int
    gone: tuple[str, ...]
    """people whose approval counted and does not now"""
    code: Code
    params: Params


class VoteRefused(Event, kind="vote-refused", shows=PRIVATE, audited=True):
    person: str
    channel: str
    choice: Choice
    code: Code
    params: Params
    policy_sha256: str
    message: str = ""
    """ts of the approval message; older entries do not say"""
    clock_offset: float | None = None


class VoteWithdrawn(Event, kind="vote-withdrawn", shows=THREAD, audited=True):
    person: str
    count: int
    quorum: int
    found: bool = False
    """the reaction was found to be gone"""


class VoteLate(Event, kind="vote-late", shows=RECORD, audited=True):
    """It came after the first change, or was taken back then, and changes nothing."""

    person: str
    choice: Choice
    added: bool
    message: str


class Cancelled(Event, kind="cancelled", shows=THREAD, audited=True):
    person: str


class Expired(Event, kind="expired", shows=THREAD, audited=True):
    count: int
    quorum: int
