"""Who may call which method: tokens, scopes, and the bot's place in a channel."""

from dataclasses import dataclass, field

from bot.lab.slack.arguments import Arguments
from bot.lab.slack.entities import Channel, Message
from bot.lab.slack.errors import SlackError
from bot.lab.slack.workspace import Workspace

APP_LEVEL = frozenset({"apps.connections.open"})

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "usergroups.users.list": "usergroups:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "reactions.get": "reactions:read",
}
"""The bot scope of each method (its page on docs.slack.dev).

Those of conversations.* depend on the kind of channel.
"""

ALL_SCOPES = frozenset(
    {*SCOPES.values(), "commands"}
    | {f"{kind}:{right}" for kind in ("channels", "groups", "im") for right in ("read", "history")}
)


@dataclass(slots=True)
class Access:
    """The tokens of the app and what was granted to its bot token. `scopes` may be changed at any time."""

    bot_token: str
    app_token: str
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))

    def check(self, method: str, token: str | None) -> None:
        """Raises SlackError `not_authed`, `invalid_auth`, `not_allowed_token_type` or `missing_scope`."""
        if not token:
            raise SlackError("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise SlackError("invalid_auth")
        if (token == self.app_token) != (method in APP_LEVEL):
            raise SlackError("not_allowed_token_type")
        if method in SCOPES:
            self.require(SCOPES[method])

    def require(self, scope: str) -> None:
        """Raises SlackError `missing_scope`, saying what was needed and what is there."""
        if scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def require_for(self, channel: Channel, right: str) -> None:
        """The scope for reading this kind of channel; `right` is `read` or `history`."""
        kind = "im" if channel.is_im else "groups" if channel.is_private else "channels"
        self.require(f"{kind}:{right}")


def visible_channel(workspace: Workspace, call: Arguments, name: str = "channel") -> Channel:
    """The channel of a call, if the bot can see it. Raises SlackError `channel_not_found`.

    Private channels without the bot do not exist for it.
    """
    channel = workspace.channels.get(call.text(name))
    if channel is None or (channel.is_private and workspace.bot.id not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def joined_channel(workspace: Workspace, call: Arguments, name: str = "channel") -> Channel:
    """The channel of a call, if the bot is in it. Raises `channel_not_found` or `not_in_channel`."""
    channel = visible_channel(workspace, call, name)
    if workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def writable_channel(workspace: Workspace, call: Arguments, name: str = "channel") -> Channel:
    """As `joined_channel`, and also raises `is_archived`."""
    channel = joined_channel(workspace, call, name)
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def message_in(channel: Channel, ts: str, missing: str) -> Message:
    """The message `ts`. Raises SlackError `missing`."""
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError(missing)
    return message


def thread_root(channel: Channel, call: Arguments) -> str | None:
    """The first message of the thread that a call names, if it names one. Raises `thread_not_found`.

    A reply's own ts stands for its thread.
    """
    named = call.optional("thread_ts")
    if named is None:
        return None
    message = message_in(channel, named, "thread_not_found")
    return message.thread_ts or message.ts
