"""A message as plain lines for a terminal, the way Slack would show it."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.lab.slack.emoji import with_signs
from bot.lab.slack.entities import Block, Message
from bot.lab.slack.mrkdwn import readable, unescaped
from bot.lab.slack.workspace import Workspace

_RULE = "─" * 24
_TASK_SIGNS = {"pending": "○", "in_progress": "◐", "complete": "●", "error": "✗"}

Show = Callable[[Any], str]


def render(message: Message, workspace: Workspace, *, ansi: bool = False) -> list[str]:
    """The lines a reader sees. Where there are blocks, Slack shows them and not the text.

    `ansi`: bold as terminal bold; otherwise the asterisks stay. Block types without a rendering are left out.
    """

    def show(text: Any) -> str:
        if not isinstance(text, dict):
            return ""
        if text.get("type") == "mrkdwn":
            return readable(str(text.get("text", "")), workspace, ansi=ansi)
        return _plain_text(text)

    lines: list[str] = []
    if message.blocks:
        for block in message.blocks:
            lines += _block_lines(block, show, ansi=ansi)
    elif message.text:
        lines += readable(message.text, workspace, ansi=ansi).split("\n")
    if message.edited is not None and lines:
        lines[-1] += " (edited)"
    lines += [f"[file: {unescaped(workspace.files[file].title)}]" for file in message.files]
    return lines


def _block_lines(block: Block, show: Show, *, ansi: bool) -> Iterator[str]:
    kind = block.get("type")
    if kind == "section":
        for text in [block.get("text"), *(block.get("fields") or [])]:
            if text is not None:
                yield from show(text).split("\n")
    elif kind == "header":
        title = show(block.get("text"))
        yield f"\x1b[1m{title}\x1b[22m" if ansi else title
    elif kind == "context":
        yield from "  ".join(_element(e, show) for e in block.get("elements") or []).split("\n")
    elif kind == "actions":
        yield " ".join(f"[ {show(e.get('text'))} ]" for e in block.get("elements") or [])
    elif kind == "divider":
        yield _RULE
    elif kind == "image":
        yield _image(block)
    elif kind == "plan":
        yield from _plan(block)


def _plan(block: Block) -> Iterator[str]:
    yield unescaped(str(block.get("title", "")))
    for task in block.get("tasks") or []:
        sign = _TASK_SIGNS.get(str(task.get("status")), _TASK_SIGNS["pending"])
        yield f"  {sign} {unescaped(str(task.get('title', '')))}"


def _element(element: dict[str, Any], show: Show) -> str:
    return _image(element) if element.get("type") == "image" else show(element)


def _image(image: dict[str, Any]) -> str:
    return f"[picture: {unescaped(str(image.get('alt_text', '')))}]"


def _plain_text(text: dict[str, Any]) -> str:
    plain = str(text.get("text", ""))
    return unescaped(with_signs(plain) if text.get("emoji", True) else plain)
