"""The things a Slack workspace is made of."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Block = dict[str, Any]
"""One Block Kit block as the Web API carries it."""


@dataclass(slots=True)
class Person:
    """A member of this workspace or, in a shared channel, of another one."""

    id: str
    name: str
    team_id: str
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    """said of people of other workspaces in any case"""
    enterprise_user: dict[str, Any] | None = None
    """in an Enterprise Grid: `id`, `enterprise_id`, `teams` and more"""
    locale: str = "en-US"


@dataclass(slots=True)
class UserGroup:
    """A user group; `handle` is what people type after the at sign."""

    id: str
    handle: str
    members: list[str]


@dataclass(slots=True)
class Reaction:
    """One emoji on one message, with the ids of the people who set it, oldest first."""

    name: str
    users: list[str]


@dataclass(slots=True)
class Message:
    """A message; `ts` is its identity within the channel and `thread_ts` that of the thread's first message.

    `link_names` is set when the poster asked Slack to turn bare `@channel` and `@name` into mentions.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Block] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    edited: str | None = None
    link_names: bool = False
    files: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether the message stands below another one."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def snapshot(self) -> "Message":
        """The message as it is now, unmoved by later edits and reactions."""
        return replace(self, reactions=[Reaction(r.name, list(r.users)) for r in self.reactions])


@dataclass(slots=True)
class Channel:
    """A channel, a private channel or a direct conversation, with its messages by ts."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_im: bool = False
    is_ext_shared: bool = False
    is_org_shared: bool = False
    pending_shared: list[str] = field(default_factory=list)
    """ids of other organisations' workspaces that were invited and have not come yet"""
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def thread(self, ts: str) -> list[Message]:
        """The message `ts` and all replies below it, oldest first."""
        return [m for m in self.messages.values() if m.ts == ts or m.thread_ts == ts]


@dataclass(eq=False, slots=True)
class View:
    """A form that one person sees. `shown` is what the app sent; `hash` changes when it is shown anew."""

    id: str
    person: str
    hash: str
    trigger: str
    shown: dict[str, Any]


FileState = Literal["announced", "received", "processing", "ready"]


@dataclass(slots=True)
class File:
    """An uploaded file. It can be shown in a message only when it is `ready`."""

    id: str
    name: str
    length: int
    title: str = ""
    content: bytes = b""
    state: FileState = "announced"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that people in the workspace can see happening; `message` is as it was at that moment.

    `person` is who sees an ephemeral message, or who reacted. `added` is false when a reaction was taken
    away. `error` marks an ephemeral line that Slack itself wrote because an app failed.
    """

    kind: Literal["posted", "updated", "ephemeral", "reaction"]
    message: Message
    person: str | None = None
    reaction: str | None = None
    added: bool = True
    error: str | None = None
