"""The form behind a button of the approval message: how Slack takes it and brings it back."""

from __future__ import annotations

from typing import Any

from bot.core.value import Value
from bot.core.vote import Choice
from bot.messages.escaping import original
from bot.messages.forms import FormText
from bot.messages.rendered import VoteButton
from bot.requests.ports import VoteForm
from bot.slack.cut import divided
from bot.slack.slack_limits import FORM_BLOCKS, FORM_TITLE_CHARACTERS, SECTION_CHARACTERS

CALLBACK = "vmdump_vote"
VM, REASON = "vm", "reason"
"""block ids of the inputs, and of what is typed in them"""
VM_CHARACTERS, REASON_CHARACTERS = 255, 500
BUTTONS = {
    "vmdump_approve": (Choice.APPROVE, False),
    "vmdump_deny": (Choice.DENY, False),
    "vmdump_break_glass": (Choice.APPROVE, True),
}
"""action ids of the approval message, with the vote behind each and whether it breaks glass"""
_IDS = {
    VoteButton.APPROVE: "vmdump_approve",
    VoteButton.DENY: "vmdump_deny",
    VoteButton.GLASS: "vmdump_break_glass",
}


class Meta(Value):
    """What comes back with the form as it went out. Slack signs it; rights never hang on it."""

    request: str
    channel: str
    digest: str
    choice: Choice
    break_glass: bool
    vm: str


def action_id(button: VoteButton) -> str:
    return _IDS[button]


def view(form: VoteForm, text: FormText) -> dict[str, Any]:
    """The modal."""
    planned = form.planned
    meta = Meta(
        request=form.request,
        channel=form.channel,
        digest=planned.digest,
        choice=form.choice,
        break_glass=form.break_glass,
        vm=planned.plan.machine.target.name,
    )
    sections = [piece for section in text.sections for piece in divided(section, SECTION_CHARACTERS)]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": meta.model_dump_json(),
        "title": _plain(text.title[:FORM_TITLE_CHARACTERS]),
        "submit": _plain(text.submit),
        "close": _plain(text.close),
        "blocks": [
            *(_section(section) for section in sections[: FORM_BLOCKS - 2]),
            _input(VM, text.name_label, VM_CHARACTERS, least=1),
            _input(REASON, text.reason_label, REASON_CHARACTERS, least=text.reason_least),
        ],
    }


def meta_of(body: dict[str, Any]) -> Meta | None:
    """Of a form of ours that was sent; None for anything else. Never raises."""
    sent = body.get("view")
    if body.get("type") != "view_submission" or not isinstance(sent, dict):
        return None
    if sent.get("callback_id") != CALLBACK:
        return None
    try:
        meta = Meta.model_validate_json(str(sent.get("private_metadata")), strict=True)
    except ValueError:
        return None
    return meta if (meta.choice, meta.break_glass) in BUTTONS.values() else None


def typed(body: dict[str, Any], name: str) -> str:
    """What was typed into an input; empty for nothing. Never raises."""
    found: Any = body
    for step in ("view", "state", "values", name, name, "value"):
        found = found.get(step) if isinstance(found, dict) else None
    return found.encode("utf-8", "replace").decode().strip() if isinstance(found, str) else ""


def typed_name(body: dict[str, Any], meta: Meta) -> str:
    """What was typed as the VM's name; the name itself where that is what was meant.

    Names are shown with look-alikes for what would format them: who copies one means the name.
    """
    name = typed(body, VM)
    return meta.vm if meta.vm.strip() in (name, original(name)) else name


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _section(text: str) -> dict[str, Any]:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": text, "verbatim": True},
        "expand": True,
    }


def _input(name: str, label: str, most: int, *, least: int) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "plain_text_input", "action_id": name, "max_length": most}
    if least > 1:
        element["min_length"] = least
    if name == REASON:
        element["multiline"] = True
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": element,
        "optional": least == 0,
    }
