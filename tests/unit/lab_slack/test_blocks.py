"""Which blocks Slack takes."""

from typing import Any

import pytest

from bot.lab.slack.blocks import check_blocks
from bot.lab.slack.errors import SlackError


def ready(file_id: str) -> bool:
    return file_id == "F0READY000"


def section(text: str = "x", **extra: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **extra}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def image(file_id: str) -> dict[str, Any]:
    return {"type": "image", "alt_text": "screen", "slack_file": {"id": file_id}}


def button(action_id: str) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": action_id}


def test_everything_at_its_limit_is_taken() -> None:
    blocks = [
        section("x" * 3000),
        {"type": "header", "text": plain("x" * 150)},
        {"type": "context", "elements": [plain("x")] * 10},
        {"type": "actions", "elements": [button("a"), button("b")]},
        image("F0READY000"),
        {"type": "divider"},
        {"type": "plan", "title": "Capture", "tasks": [{"task_id": "1", "title": "t", "status": "complete"}]},
    ]
    assert check_blocks(blocks, ready) == blocks
    assert len(check_blocks([{"type": "divider"}] * 50, ready)) == 50


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        (section("x" * 3001), "/text/text"),
        (section(""), "/text/text"),
        ({"type": "section"}, ""),
        ({"type": "section", "fields": [plain("x")] * 11}, "/fields"),
        ({"type": "header", "text": plain("x" * 151)}, "/text/text"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/text"),
        ({"type": "context", "elements": [plain("x")] * 11}, "/elements"),
        ({"type": "context", "elements": []}, "/elements"),
        ({"type": "actions", "elements": [button("a"), button("a")]}, "/elements/1/action_id"),
        (image("F0MISSING0"), "/slack_file"),
        ({"type": "image", "image_url": "https://a.example/x.png"}, "/alt_text"),
        (
            {"type": "plan", "title": "p", "tasks": [{"task_id": "1", "title": "t", "status": "completed"}]},
            "/tasks/0",
        ),
        ({"type": "markdown", "text": "x" * 12001}, "/text"),
        ({"type": "marquee"}, "/type"),
        (section(block_id="x" * 256), "/block_id"),
    ],
)
def test_a_fault_is_named_with_its_place(block: dict[str, Any], pointer: str) -> None:
    with pytest.raises(SlackError) as refusal:
        check_blocks([block], ready)
    assert refusal.value.code == "invalid_blocks"
    assert f"[json-pointer:/blocks/0{pointer}" in refusal.value.details[0]


def test_block_ids_are_unique() -> None:
    with pytest.raises(SlackError) as refusal:
        check_blocks([section(block_id="a"), section(block_id="a")], ready)
    assert refusal.value.details == ["`block_id` a already exists [json-pointer:/blocks/1/block_id]"]


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([{"type": "divider"}] * 51, "msg_blocks_too_many"),
        ([section("x" * 2700) for _ in range(5)], "msg_blocks_too_long"),
        ({"type": "divider"}, "invalid_blocks_format"),
        (["divider"], "invalid_blocks_format"),
    ],
)
def test_limits_of_the_whole_message(blocks: Any, code: str) -> None:
    with pytest.raises(SlackError) as refusal:
        check_blocks(blocks, ready)
    assert refusal.value.code == code
