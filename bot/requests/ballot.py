"""A vote as it is counted, however it was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.policy.model import Means
from bot.core.request import Request
from bot.core.vote import Choice
from bot.requests.ports import Act


@dataclass(frozen=True, slots=True)
class Ballot:
    act: Act
    choice: Choice
    at: datetime
    digest: str
    means: Means = Means.REACTION
    reason: str = ""
    break_glass: bool = False
    found: bool = False
    """it was found on the message, and its time is that of the reading"""

    @property
    def person(self) -> str:
        return self.act.person

    @property
    def key(self) -> str:
        return self.act.key


def message_of(request: Request) -> str:
    """ts of the approval message; empty while the chat has not taken it."""
    return request.approval_message or ""
