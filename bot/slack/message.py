"""A rendered text in the form in which Slack takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.messages.rendered import Button, Rendered, VoteButton
from bot.slack.cut import cut, divided
from bot.slack.slack_limits import (
    ALT_TEXT_CHARACTERS,
    BLOCKS,
    BUTTON_CHARACTERS,
    CHARACTERS_OF_ALL_BLOCKS,
    SECTION_CHARACTERS,
    TEXT_CHARACTERS,
)
from bot.slack.vote_form import action_id

LEAST_WORTH_SHOWING = 40
"""characters of room below which a further section is left out"""


@dataclass(frozen=True, slots=True)
class Picture:
    """An uploaded file that nobody was shown yet."""

    file_id: str
    label: str
    """for those who cannot see it"""


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is what notifications and screen readers get, and all that is shown without blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...]

    def arguments(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": list(self.blocks) or None}

    def without_blocks(self) -> Message:
        return Message(self.text, ())


def message(rendered: Rendered, picture: Picture | None = None) -> Message:
    """A section block per section, or several for a long one; the picture last; all within Slack's limits."""
    blocks: list[dict[str, Any]] = []
    room = CHARACTERS_OF_ALL_BLOCKS
    pieces = (piece for section in rendered.sections for piece in divided(section, SECTION_CHARACTERS))
    for piece in filter(str.strip, pieces):
        if room < LEAST_WORTH_SHOWING or len(blocks) == BLOCKS - 2:
            break
        text = cut(piece, room)
        room -= len(text)
        blocks.append(_section(text))
    if rendered.buttons:
        blocks.append({"type": "actions", "elements": [_button(button) for button in rendered.buttons]})
    if picture is not None:
        blocks.append(
            {
                "type": "image",
                "slack_file": {"id": picture.file_id},
                "alt_text": picture.label[:ALT_TEXT_CHARACTERS],
            }
        )
    return Message(cut(rendered.text, TEXT_CHARACTERS), tuple(blocks))


def _button(button: Button) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": action_id(button.button),
        "text": {"type": "plain_text", "text": button.label[:BUTTON_CHARACTERS]},
        "value": button.mark,
    }
    if button.button is not VoteButton.APPROVE:
        made["style"] = "danger"
    return made


def _section(text: str) -> dict[str, Any]:
    return {
        "type": "section",
        # Verbatim: a bare @channel or #name in a value stays text. Expanded: whoever approves sees all of it.
        "text": {"type": "mrkdwn", "text": text, "verbatim": True},
        "expand": True,
    }
