"""chat.postMessage, chat.update, chat.postEphemeral."""

from typing import Any

from bot.lab.slack.access import message_in, thread_root, visible_channel, writable_channel
from bot.lab.slack.arguments import Arguments
from bot.lab.slack.blocks import FileReady, check_blocks
from bot.lab.slack.entities import Block
from bot.lab.slack.errors import SlackError
from bot.lab.slack.wire import message_on_wire
from bot.lab.slack.workspace import Workspace

MAX_POST_CHARACTERS = 40_000
MAX_UPDATE_BYTES = 4_000
"""chat.update counts bytes, not characters, after escaping (seen by gitlab-org/gitlab !258898)."""


class ChatMethods:
    """Writing into channels."""

    def __init__(self, workspace: Workspace, file_ready: FileReady) -> None:
        self._workspace = workspace
        self._file_ready = file_ready

    async def post_message(self, call: Arguments) -> dict[str, Any]:
        """chat.postMessage. `reply_broadcast`, `attachments`, `username` and icons are not simulated."""
        channel = writable_channel(self._workspace, call)
        text, blocks = self._content(call)
        message = self._workspace.post(
            channel.id,
            self._workspace.bot.id,
            text,
            blocks=blocks or [],
            thread_ts=thread_root(channel, call),
            metadata=self._metadata(call),
            link_names=call.flag("link_names") or call.text("parse") == "full",
        )
        wire = message_on_wire(self._workspace, message)
        return {"channel": channel.id, "ts": message.ts, "message": wire}

    async def update(self, call: Arguments) -> dict[str, Any]:
        """chat.update of the app's own message. Blocks and metadata that are not sent stay as they were."""
        channel = visible_channel(self._workspace, call)
        message = message_in(channel, call.text("ts"), "message_not_found")
        if message.user != self._workspace.bot.id:
            raise SlackError("cant_update_message")
        if channel.is_archived:
            raise SlackError("is_archived")
        text, blocks = self._content(call)
        if len(text.encode()) > MAX_UPDATE_BYTES:
            raise SlackError("msg_too_long")
        metadata = self._metadata(call, may_be_empty=True)
        self._workspace.edit(message, text=call.optional("text"), blocks=blocks, metadata=metadata)
        wire = message_on_wire(self._workspace, message)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": wire}

    async def post_ephemeral(self, call: Arguments) -> dict[str, Any]:
        """chat.postEphemeral to a member of the channel."""
        channel = writable_channel(self._workspace, call)
        person = call.text("user")
        if person not in channel.members:
            raise SlackError("user_not_in_channel")
        text, blocks = self._content(call)
        root = thread_root(channel, call)
        message = self._workspace.whisper(channel.id, person, text, blocks=blocks, thread_ts=root)
        return {"message_ts": message.ts}

    def _content(self, call: Arguments) -> tuple[str, list[Block] | None]:
        text = call.text("text")
        if len(text) > MAX_POST_CHARACTERS:
            raise SlackError("msg_too_long")
        blocks = call.structure("blocks", "invalid_blocks_format")
        if blocks is not None:
            check_blocks(blocks, self._file_ready)
        if not text and not blocks:
            raise SlackError("no_text")
        return text, blocks

    def _metadata(self, call: Arguments, *, may_be_empty: bool = False) -> dict[str, Any] | None:
        metadata = call.structure("metadata", "invalid_metadata_format")
        if metadata is None or (may_be_empty and metadata == {}):
            return metadata  # type: ignore[no-any-return]  # JSON of a checked shape
        if (
            not isinstance(metadata, dict)
            or not isinstance(metadata.get("event_type"), str)
            or not isinstance(metadata.get("event_payload"), dict)
        ):
            raise SlackError("invalid_metadata_format")
        return metadata
