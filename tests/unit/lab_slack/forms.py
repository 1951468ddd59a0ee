"""A form, and the button that it is opened by."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, View

CHANNEL = "C0INC42000"


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def field(block_id: str = "reason", *, element: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    shown = {"type": "plain_text_input", "action_id": "typed", **(element or {})}
    return {"type": "input", "block_id": block_id, "label": plain("Why?"), "element": shown, **more}


def form(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    fields = {"type": "modal", "callback_id": "deny", "title": plain("Deny"), "submit": plain("Send")}
    return {**fields, "private_metadata": "VD-1", "blocks": list(blocks) or [field()], **more}


def button(lab: LabSlack, *, below: str | None = None) -> str:
    """The ts of a message with a button, in the channel or below another message."""
    shown = {"type": "button", "text": plain("Deny"), "action_id": "deny", "value": "VD-1", "style": "danger"}
    blocks = [{"type": "actions", "block_id": "decide", "elements": [shown]}]
    bot = lab.workspace.bot.id
    return lab.workspace.post(CHANNEL, bot, "approve?", blocks=blocks, thread_ts=below).ts


async def trigger(lab: LabSlack) -> str:
    """What comes with a press that no app is there to take."""
    pressed = await lab.click("bob", "inc-42", button(lab), "deny")
    assert pressed.error == "dispatch_failed"
    return str(pressed.payload["trigger_id"])


async def opened(lab: LabSlack, client: AsyncWebClient, *blocks: dict[str, Any]) -> View:
    answer = await client.views_open(trigger_id=await trigger(lab), view=form(*blocks))
    return lab.workspace.views[answer["view"]["id"]]
