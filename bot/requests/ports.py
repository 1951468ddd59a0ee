"""What people's acts look like to ``requests``, and what it needs of the chat."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.purpose import Purpose
from bot.core.value import Value
from bot.core.vote import Choice


class Act(Value):
    """Something a person did in the chat."""

    key: str
    """the delivery's key: the same act is never done twice"""
    person: str
    channel: str
    response_url: str | None = None


class Ask(Act):
    """``/vmdump <vm> [reason]`` and ``/vmdump rehearse <vm> [reason]``"""

    query: str
    reason: str
    purpose: Purpose = Purpose.CAPTURE


class CancelAsk(Act):
    """``/vmdump cancel <id>``"""

    request: str


class PinAsk(Act):
    """``/vmdump pin <id> <fingerprint>``"""

    request: str
    fingerprint: str
    """``SHA256:`` and 43 characters"""


class UnpinAsk(Act):
    """``/vmdump unpin <host> <fingerprint>``"""

    host: str
    fingerprint: str
    """of the pin that shall go, as for ``PinAsk``"""


class Question(Act):
    """``/vmdump help`` and ``/vmdump status``"""

    topic: str


class Misspelt(Act):
    """A command that is none."""

    text: str


class Reaction(Act):
    """A reaction that means a vote, put on a message or taken off it."""

    message: str
    choice: Choice
    added: bool
    at: datetime
    """the chat's time of the act"""


class Channel(Value):
    id: str
    name: str
    member: bool
    """whether the bot is in it"""
    direct: bool


class Person(Value):
    id: str
    ours: bool
    """False for other workspaces, guests, bots and deleted accounts"""


class Chat(Protocol):
    """Questions to the chat, each bounded by a time-out; all raise ``VmdumpError``."""

    async def channel(self, channel_id: str) -> Channel:
        """``Code.CHANNEL_UNREADABLE`` where the chat does not say."""

    async def person(self, person_id: str) -> Person:
        """``Code.FOREIGN_PERSON`` where the chat does not say who that is."""

    async def members(self, usergroup: str) -> frozenset[str]:
        """User ids of a user group, read now; ``Code.GROUP_UNREADABLE`` where the chat does not say."""
