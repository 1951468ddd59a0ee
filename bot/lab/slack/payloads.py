"""The payloads that Slack delivers, field by field."""

from typing import Any

from bot.lab.slack.entities import Channel, Message, Person, View
from bot.lab.slack.wire import message_on_wire, view_on_wire
from bot.lab.slack.workspace import Workspace

_VERIFICATION_TOKEN = "lab-verification-token"  # noqa: S105 - the deprecated field that every payload still has


def command_payload(
    workspace: Workspace,
    person: Person,
    channel: Channel,
    command: str,
    text: str,
    *,
    response_url: str,
    trigger: str,
) -> dict[str, Any]:
    """A slash command (docs.slack.dev/interactivity/implementing-slash-commands)."""
    if channel.is_im:
        channel_name = "directmessage"
    elif channel.is_private:
        channel_name = "privategroup"
    else:
        channel_name = channel.name
    return {
        "token": _VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def reaction_payload(
    workspace: Workspace, person: Person, message: Message, reaction: str, *, added: bool
) -> dict[str, Any]:
    """reaction_added or reaction_removed (docs.slack.dev/reference/events/reaction_added).

    It carries no team of the person: in a shared channel that is left to users.info.
    """
    return {
        "token": _VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": {
            "type": "reaction_added" if added else "reaction_removed",
            "user": person.id,
            "reaction": reaction,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": workspace.next_ts(),
        },
        "type": "event_callback",
        "event_id": workspace.next_id("Ev"),
        "event_time": int(workspace.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": workspace.channels[message.channel].is_ext_shared,
        "event_context": workspace.next_id("EC"),
    }


def click_payload(
    workspace: Workspace,
    person: Person,
    message: Message,
    button: dict[str, Any],
    *,
    response_url: str,
    trigger: str,
) -> dict[str, Any]:
    """block_actions of one button (docs.slack.dev/reference/interaction-payloads/block_actions-payload)."""
    channel = workspace.channels[message.channel]
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": False,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    return {
        "type": "block_actions",
        "user": _user(person),
        "api_app_id": workspace.app_id,
        "token": _VERIFICATION_TOKEN,
        "container": container,
        "trigger_id": trigger,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "message": message_on_wire(workspace, message),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**button, "action_ts": workspace.next_ts()}],
    }


def form_payload(
    workspace: Workspace, person: Person, view: View, values: dict[str, Any], *, trigger: str
) -> dict[str, Any]:
    """view_submission (docs.slack.dev/reference/interaction-payloads/view-interactions-payload)."""
    return {
        "type": "view_submission",
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "user": _user(person),
        "api_app_id": workspace.app_id,
        "token": _VERIFICATION_TOKEN,
        "trigger_id": trigger,
        "view": view_on_wire(workspace, view, values),
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }


def from_elsewhere(payload: dict[str, Any], team_id: str | None, app_id: str | None) -> dict[str, Any]:
    """The payload as if it had been meant for another team or another app."""
    if team_id is not None:
        if "team" in payload:
            payload["team"] = {**payload["team"], "id": team_id}
        else:
            payload["team_id"] = team_id
        for authorization in payload.get("authorizations", []):
            authorization["team_id"] = team_id
    if app_id is not None:
        payload["api_app_id"] = app_id
    return payload


def _user(person: Person) -> dict[str, Any]:
    return {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}
