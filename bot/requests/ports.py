"""What people's acts look like to ``requests``, and what it needs of the chat."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.arming import ArmWish
from bot.core.events import Planned
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.value import Value
from bot.core.vote import Choice


class Act(Value):
    """Something a person did in the chat."""

    key: str
    """the delivery's key: the same act is never done twice"""
    person: str
    channel: str
    response_url: str | None = None
    by_line: bool = False
    """it came from the command line, which answers by itself; the operating system says who it is"""


class Ask(Act):
    """``/vmdump [rehearse] <vm> [--route api|ssh|bundle] [--override] [reason]``, and
    ``/vmdump arm <vm> [--dump complete|kernel|active|automatic] [--restart] [reason]``"""

    query: str
    reason: str
    purpose: Purpose = Purpose.CAPTURE
    route: Route | None = None
    """``--route``: None leaves it to the settings"""
    override: bool = False
    """``--override``: in spite of what readiness says"""
    arming: ArmWish | None = None
    """of an arming"""


class DisarmAsk(Act):
    """``/vmdump disarm <vm>``"""

    query: str


class CheckAsk(Act):
    """``/vmdump check <vm>``"""

    query: str


class ReleaseAsk(Act):
    """``/vmdump release <id>``"""

    request: str


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


class Press(Act):
    """A button of an approval message. It decides nothing: it asks for the form behind it."""

    message: str
    choice: Choice
    break_glass: bool
    trigger: str
    """what lets us show a form to the person, for three seconds"""
    at: datetime
    """of the arrival"""


class FormVote(Act):
    """The form behind a button, sent: the person saw the plan again and typed the VM's name."""

    request: str
    digest: str
    """of the plan that the form showed"""
    choice: Choice
    break_glass: bool
    typed: str
    """what was typed as the VM's name"""
    reason: str
    at: datetime
    """of the arrival: the chat gives forms no time"""


class LineVote(FormVote):
    """``vmdump approve|deny <id>``: a vote of the command line, known by the account that runs it."""

    break_glass: bool = False
    """there is a form for that, and nothing else"""


class ReviewAsk(Act):
    """``/vmdump review <id> [words]``: another approver has looked at a break-glass."""

    request: str
    words: str


class ExplainAsk(Act):
    """``/vmdump explain <vm>``"""

    query: str
    route: Route | None = None


class RecordAsk(Act):
    """``/vmdump record <id>``"""

    request: str


class DoctorAsk(Act):
    """``/vmdump doctor``"""


class VoteForm(Value):
    """What the form behind a button shows and brings back."""

    request: str
    channel: str
    planned: Planned
    choice: Choice
    break_glass: bool


class Reacted(Value):
    """A reaction that means a vote and is on a message now; since when, the chat does not say."""

    person: str
    choice: Choice


class Channel(Value):
    id: str
    name: str
    member: bool
    """whether the bot is in it"""
    direct: bool
    shared: bool = False
    """whether people of other organisations are in it"""


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

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        """User ids of a user group, read at most so many seconds ago.

        ``Code.GROUP_UNREADABLE`` where the chat does not say.
        """

    async def reactions(self, channel_id: str, message: str) -> tuple[Reacted, ...]:
        """Every vote that is on the message now; ``Code.VOTES_UNREADABLE`` where the chat does not say."""

    async def open_form(self, trigger: str, form: VoteForm) -> None:
        """Shows the form to whoever pressed; ``Code.FORM_NOT_SHOWN`` where the chat does not take it."""

    def clock_offset(self) -> float | None:
        """Seconds by which the chat's clock is certainly ahead of ours (negative: behind), 0.0 within the
        doubt of the newest measure; None before the first."""
