"""Reading: the app itself, channels, threads, people, groups, reactions."""

import base64
from typing import Any

from bot.lab.slack.access import Access, joined_channel, message_in, visible_channel
from bot.lab.slack.arguments import Arguments
from bot.lab.slack.entities import Channel, Message
from bot.lab.slack.errors import SlackError
from bot.lab.slack.wire import channel_on_wire, message_on_wire, person_on_wire, thread_summary
from bot.lab.slack.workspace import Workspace

FEW_USERS = 50
"""How many people a reaction names unless asked in full. Slack says only that the list may be cut short."""

ENTERPRISE = "E0LAB00000"


class ReadMethods:
    """Everything that changes nothing."""

    def __init__(self, workspace: Workspace, access: Access) -> None:
        self._workspace = workspace
        self._access = access

    async def auth_test(self, call: Arguments) -> dict[str, Any]:  # noqa: ARG002 - every method has one shape
        """auth.test for the bot token."""
        workspace = self._workspace
        return {
            "url": f"https://{workspace.team_domain}.slack.com/",
            "team": workspace.team_domain,
            "user": workspace.bot.name,
            "team_id": workspace.team_id,
            "user_id": workspace.bot.id,
            "bot_id": workspace.bot_id,
            "is_enterprise_install": workspace.enterprise_install,
        } | ({"enterprise_id": ENTERPRISE} if workspace.enterprise_install else {})

    async def conversations_info(self, call: Arguments) -> dict[str, Any]:
        """conversations.info; public channels are visible without the bot in them."""
        channel = visible_channel(self._workspace, call)
        self._access.require_for(channel, "read")
        return {"channel": channel_on_wire(self._workspace, channel)}

    async def conversations_history(self, call: Arguments) -> dict[str, Any]:
        """conversations.history: messages that are no replies, newest first, 100 at a time by default."""
        channel = self._readable(call)
        found = [m for m in self._between(channel.messages.values(), call) if not m.is_reply]
        return self._page(channel, found[::-1], call, default=100)

    async def conversations_replies(self, call: Arguments) -> dict[str, Any]:
        """conversations.replies: the first message and its replies, oldest first."""
        channel = self._readable(call)
        root = message_in(channel, call.text("ts"), "thread_not_found")
        first, *rest = channel.thread(root.thread_ts or root.ts)
        return self._page(channel, [first, *self._between(rest, call)], call, default=1000)

    async def users_info(self, call: Arguments) -> dict[str, Any]:
        """users.info."""
        person = self._workspace.people.get(call.text("user"))
        if person is None:
            raise SlackError("user_not_found")
        return {"user": person_on_wire(self._workspace, person, locale=call.flag("include_locale"))}

    async def usergroups_users_list(self, call: Arguments) -> dict[str, Any]:
        """usergroups.users.list."""
        group = self._workspace.groups.get(call.text("usergroup"))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": list(group.members)}

    async def reactions_get(self, call: Arguments) -> dict[str, Any]:
        """reactions.get of a message."""
        if not call.text("channel") or not call.text("timestamp"):
            raise SlackError("no_item_specified")
        channel = joined_channel(self._workspace, call)
        message = message_in(channel, call.text("timestamp"), "message_not_found")
        wire = message_on_wire(self._workspace, message, metadata=False)
        named = self._workspace.names_at_most if call.flag("full") else FEW_USERS
        for reaction in wire.get("reactions", []):
            reaction["users"] = reaction["users"][:named]
        return {"type": "message", "channel": channel.id, "message": wire}

    def _readable(self, call: Arguments) -> Channel:
        channel = joined_channel(self._workspace, call)
        self._access.require_for(channel, "history")
        return channel

    def _between(self, messages: Any, call: Arguments) -> list[Message]:
        # Timestamps have one width, so that they compare as text.
        oldest, latest = call.text("oldest"), call.text("latest") or "9"
        edges = (oldest, latest) if call.flag("inclusive") else ()
        return [m for m in messages if oldest < m.ts < latest or m.ts in edges]

    def _page(
        self, channel: Channel, found: list[Message], call: Arguments, *, default: int
    ) -> dict[str, Any]:
        start = _position(call.text("cursor"))
        end = start + max(1, min(call.number("limit", default), 1000))
        metadata = call.flag("include_all_metadata")
        page: dict[str, Any] = {
            "messages": [
                message_on_wire(self._workspace, m, metadata=metadata) | thread_summary(channel, m)
                for m in found[start:end]
            ],
            "has_more": end < len(found),
        }
        if end < len(found):
            cursor = base64.b64encode(f"next:{end}".encode()).decode()
            page["response_metadata"] = {"next_cursor": cursor}
        return page


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
