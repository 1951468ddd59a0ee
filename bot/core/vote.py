"""One person's approval or denial, bound to a digest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.core.value import Value


class Choice(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


class Vote(Value):
    person: str
    choice: Choice
    digest: str
    at: datetime
    """the chat's time of the act, not of its arrival"""
    groups: tuple[str, ...]
    """the approver groups that the person was in"""
    rule: str


def tally(votes: tuple[Vote, ...], digest: str) -> tuple[str, ...]:
    """The people who approve this digest, each once."""
    return tuple(dict.fromkeys(v.person for v in votes if v.choice is Choice.APPROVE and v.digest == digest))
