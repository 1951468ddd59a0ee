"""What goes over the socket: one JSON object a line each way, then it is closed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.core.route import Route
from bot.core.value import Value

MOST_BYTES = 64 * 1024
SECONDS = 120.0
"""that an answer may take: a plan asks vCenter, hosts and guests"""

KEYED = frozenset({"request", "approve", "deny", "cancel"})
"""wishes with an effect"""
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""chosen by the client: the same wish sent again is not done again"""
RequestId = Annotated[str, StringConstraints(pattern=r"^VD-[0-9A-Z]{4}$")]
ChannelId = Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{5,20}$")]
Text = Annotated[str, StringConstraints(max_length=500)]


class AskWish(Value):
    op: Literal["request"] = "request"
    key: Key
    vm: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    channel: ChannelId
    reason: Text = ""
    rehearse: bool = False
    override: bool = False
    route: Route | None = None


class ShowWish(Value):
    """The plan that stands for approval."""

    op: Literal["show"] = "show"
    request: RequestId


class VoteWish(Value):
    op: Literal["approve", "deny"]
    key: Key
    request: RequestId
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    vm: Text
    """typed by the person"""
    reason: Text = ""


class CancelWish(Value):
    op: Literal["cancel"] = "cancel"
    key: Key
    request: RequestId


class RecordWish(Value):
    op: Literal["record"] = "record"
    request: RequestId
    form: Literal["md", "json"] = "md"


Wish = AskWish | ShowWish | VoteWish | CancelWish | RecordWish


class Envelope(Value):
    wish: Wish = Field(discriminator="op")


class Answer(Value):
    done: bool
    """False: refused, and the text says why"""
    text: str
    code: str | None = None
    request: str | None = None
    digest: str | None = None
    vm: str | None = None
