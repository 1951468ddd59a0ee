"""One person's approval or denial, bound to a digest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.core.policy.model import Means
from bot.core.value import Value


class Choice(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    NONE = "none"
    """a vote taken back; kept, since the chat may deliver the taking back before the vote"""


class Vote(Value):
    person: str
    choice: Choice
    digest: str
    at: datetime
    """the chat's time of the act, not of its arrival"""
    groups: tuple[str, ...]
    """the approver groups that the person was in"""
    means: Means = Means.REACTION
    break_glass: bool = False
    """it stands for the whole approval"""


_STOPS = (Choice.APPROVE, Choice.NONE, Choice.DENY)


def latest(votes: tuple[Vote, ...], digest: str) -> tuple[Vote, ...]:
    """Each person's latest vote on this digest, in order of voting."""
    found: dict[str, Vote] = {}
    # Of two at the same moment the one that stops more comes last, whichever was delivered first.
    for vote in sorted(votes, key=lambda v: (v.at, _STOPS.index(v.choice), v.person, v.means, v.break_glass)):
        if vote.digest == digest:
            found[vote.person] = vote
    return tuple(found.values())


def tally(votes: tuple[Vote, ...], digest: str) -> tuple[str, ...]:
    """The people whose latest vote on this digest approves it, each once, in order of voting."""
    return tuple(vote.person for vote in latest(votes, digest) if vote.choice is Choice.APPROVE)
