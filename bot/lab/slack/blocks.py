"""The checks that Slack makes on the blocks of a message."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.lab.slack.entities import Block
from bot.lab.slack.errors import SlackError

MAX_BLOCKS = 50
MAX_TEXT_OF_ALL = 13_200
"""Characters in all blocks together. Not documented; seen by users of the real service (bolt-js #2509)."""

UNCHECKED = frozenset(
    {"divider", "rich_text", "table", "video", "context_actions", "alert", "card", "carousel", "container"}
)
"""Known to Slack, and let through here as they are."""

_TASK_STATES = ("pending", "in_progress", "complete", "error")

FileReady = Callable[[str], bool]
Fault = tuple[str, str]
"""Where below the block, and what is wrong there."""
Check = Callable[[Block, FileReady], Iterator[Fault]]


def check_blocks(blocks: Any, file_ready: FileReady) -> list[Block]:
    """The blocks, if Slack would take them.

    `file_ready(id)` says whether an uploaded file can be shown. Raises SlackError `msg_blocks_too_many`,
    `msg_blocks_too_long`, or `invalid_blocks` with one line per fault and its JSON pointer, as Slack
    words them.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    if len(blocks) > MAX_BLOCKS:
        raise SlackError("msg_blocks_too_many")
    faults = [
        f"{fault} [json-pointer:/blocks/{index}{pointer}]"
        for index, block in enumerate(blocks)
        for pointer, fault in block_faults(block, file_ready, CHECKS)
    ]
    faults += _repeated_ids(blocks)
    if faults:
        raise SlackError("invalid_blocks", details=faults)
    if sum(len(text) for text in _texts(blocks)) > MAX_TEXT_OF_ALL:
        raise SlackError("msg_blocks_too_long")
    return blocks


def block_faults(block: Block, file_ready: FileReady, checks: dict[str, Check]) -> Iterator[Fault]:
    """What is wrong with one block, by the check of its type."""
    if len(str(block.get("block_id", ""))) > 255:
        yield "/block_id", "must be less than 256 characters"
    kind = str(block.get("type"))
    check = checks.get(kind)
    if check is not None:
        yield from check(block, file_ready)
    elif kind not in UNCHECKED:
        yield "/type", f"unsupported type: {kind}"


def _section(block: Block, _: FileReady) -> Iterator[Fault]:
    fields = block.get("fields") or []
    if "text" not in block and not fields:
        yield "", "missing required field: text"
    if "text" in block:
        yield from text_faults(block["text"], "/text", 3000)
    if len(fields) > 10:
        yield "/fields", "no more than 10 items allowed"
    for index, item in enumerate(fields):
        yield from text_faults(item, f"/fields/{index}", 2000)


def _context(block: Block, file_ready: FileReady) -> Iterator[Fault]:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 10:
        yield "/elements", "must have between 1 and 10 items"
    for index, element in enumerate(elements):
        where = f"/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            for pointer, fault in _image(element, file_ready):
                yield where + pointer, fault
        else:
            yield from text_faults(element, where, 3000)


def _actions(block: Block, _: FileReady) -> Iterator[Fault]:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        yield "/elements", "must have between 1 and 25 items"
    names = [element.get("action_id") for element in elements]
    for index, element in enumerate(elements):
        where = f"/elements/{index}"
        name = names[index]
        if name is not None and names.index(name) != index:
            yield f"{where}/action_id", f"`action_id` {name} already exists"
        if element.get("type") == "button":
            yield from text_faults(element.get("text"), f"{where}/text", 75, ("plain_text",))
            if len(str(element.get("value", ""))) > 2000:
                yield f"{where}/value", "must be less than 2001 characters"
            if element.get("style", "primary") not in ("primary", "danger"):
                yield f"{where}/style", "must be one of: primary, danger"


def _image(block: Block, file_ready: FileReady) -> Iterator[Fault]:
    yield from string_faults(block.get("alt_text"), "/alt_text", 2000)
    file = block.get("slack_file")
    if file is None:
        yield from string_faults(block.get("image_url"), "/image_url", 3000)
    elif not isinstance(file, dict) or not file_ready(str(file.get("id", ""))):
        yield "/slack_file", "invalid slack file"


def _header(block: Block, _: FileReady) -> Iterator[Fault]:
    yield from text_faults(block.get("text"), "/text", 150, ("plain_text",))


def _markdown(block: Block, _: FileReady) -> Iterator[Fault]:
    yield from string_faults(block.get("text"), "/text", 12_000)


def _plan(block: Block, file_ready: FileReady) -> Iterator[Fault]:
    yield from string_faults(block.get("title"), "/title", 256)
    for index, task in enumerate(block.get("tasks") or []):
        for pointer, fault in _task(task, file_ready):
            yield f"/tasks/{index}{pointer}", fault


def _task(task: Any, _: FileReady) -> Iterator[Fault]:
    if not isinstance(task, dict):
        yield "", "must be an object"
        return
    yield from string_faults(task.get("task_id"), "/task_id", 255)
    yield from string_faults(task.get("title"), "/title", 256)
    if task.get("status", "pending") not in _TASK_STATES:
        yield "/status", "must be one of: " + ", ".join(_TASK_STATES)


def text_faults(
    text: Any, where: str, limit: int, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")
) -> Iterator[Fault]:
    """What is wrong with a text object."""
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield where, "must be a text object of type " + " or ".join(kinds)
        return
    yield from string_faults(text.get("text"), f"{where}/text", limit)


def string_faults(text: Any, where: str, limit: int) -> Iterator[Fault]:
    """What is wrong with a text that must be there."""
    if not isinstance(text, str) or not text:
        yield where, "must be more than 0 characters"
    elif len(text) > limit:
        yield where, f"must be less than {limit + 1} characters"


CHECKS: dict[str, Check] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "markdown": _markdown,
    "plan": _plan,
    "task_card": _task,
}


def _repeated_ids(blocks: list[Block]) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name is None:
            continue
        if name in seen:
            yield f"`block_id` {name} already exists [json-pointer:/blocks/{index}/block_id]"
        seen.add(name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("text", "title", "alt_text") and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)
