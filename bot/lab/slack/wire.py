"""Messages, people and files as the Web API and the deliveries show them."""

from typing import Any

from bot.lab.slack.entities import Channel, File, Message, Person, View
from bot.lab.slack.workspace import Workspace


def message_on_wire(workspace: Workspace, message: Message, *, metadata: bool = True) -> dict[str, Any]:
    """A message. Its metadata is left out where the reader did not ask for it."""
    wire: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team_id,
    }
    if message.user == workspace.bot.id:
        wire |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.blocks:
        wire["blocks"] = message.blocks
    if message.thread_ts is not None:
        wire["thread_ts"] = message.thread_ts
    if message.edited is not None:
        wire["edited"] = {"user": message.user, "ts": message.edited}
    if message.files:
        wire["files"] = [file_on_wire(workspace.files[file]) for file in message.files]
    if message.reactions:
        wire["reactions"] = [
            {"name": r.name, "users": list(r.users), "count": len(r.users)} for r in message.reactions
        ]
    if metadata and message.metadata is not None:
        wire["metadata"] = message.metadata
    return wire


def thread_summary(channel: Channel, message: Message) -> dict[str, Any]:
    """What the first message of a thread says of its replies; nothing if it has none."""
    replies = [m for m in channel.messages.values() if m.is_reply and m.thread_ts == message.ts]
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
        "latest_reply": replies[-1].ts,
    }


def person_on_wire(workspace: Workspace, person: Person, *, locale: bool) -> dict[str, Any]:
    """A person as users.info shows one; somebody of another workspace is a stranger."""
    wire: dict[str, Any] = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.name.capitalize(),
        "profile": {"display_name": person.name, "real_name": person.name.capitalize()},
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
    }
    if person.is_stranger or person.team_id != workspace.team_id:
        wire["is_stranger"] = True
    if person.enterprise_user is not None:
        wire["enterprise_user"] = person.enterprise_user
    if locale:
        wire["locale"] = person.locale
    return wire


def file_on_wire(file: File) -> dict[str, Any]:
    """A file, as far as a client can use it."""
    return {"id": file.id, "name": file.name, "title": file.title or file.name, "size": file.length}


def view_on_wire(workspace: Workspace, view: View, values: dict[str, Any]) -> dict[str, Any]:
    """A view as `views.open` answers it and as it comes back when it is sent, with what was typed."""
    return {
        "id": view.id,
        "team_id": workspace.team_id,
        "private_metadata": "",
        "callback_id": "",
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        **view.shown,
        "state": {"values": values},
        "hash": view.hash,
        "root_view_id": view.id,
        "previous_view_id": None,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }


def channel_on_wire(workspace: Workspace, channel: Channel) -> dict[str, Any]:
    """A channel as conversations.info shows one. Direct conversations have a partner and no name."""
    wire: dict[str, Any] = {
        "id": channel.id,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_im,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_shared": channel.is_ext_shared or channel.is_org_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": channel.is_org_shared,
        "is_pending_ext_shared": bool(channel.pending_shared),
        "pending_shared": list(channel.pending_shared),
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        partners = sorted(channel.members - {workspace.bot.id})
        return wire | {"user": partners[0] if partners else workspace.bot.id}
    return wire | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": workspace.bot.id in channel.members,
    }
