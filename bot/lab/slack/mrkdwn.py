"""Slack's mrkdwn: what its angle brackets and entities mean, and how a reader sees them."""

import re
from collections.abc import Iterator

from bot.lab.slack.emoji import with_signs
from bot.lab.slack.workspace import Workspace

_TOKEN = re.compile(r"<([^<>\n]+)>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENTITY = re.compile("|".join(_ENTITIES))
BROADCASTS = ("channel", "here", "everyone")


def tokens(text: str) -> Iterator[str]:
    """What stands between angle brackets, without a label: `@U1`, `!channel`, `#C1`, `https://…`."""
    for found in _TOKEN.finditer(text):
        yield found[1].split("|", 1)[0]


def readable(text: str, workspace: Workspace, *, ansi: bool = False) -> str:
    """The text as a reader sees it; `ansi` shows bold as bold instead of leaving the asterisks."""
    parts: list[str] = []
    end = 0
    for found in _TOKEN.finditer(text):
        parts.append(_plain(text[end : found.start()], ansi=ansi))
        parts.append(_shown(found[1], workspace))
        end = found.end()
    parts.append(_plain(text[end:], ansi=ansi))
    return "".join(parts)


def unescaped(text: str) -> str:
    """The text with Slack's three entities decoded once, and safe to print.

    Control characters go: a machine's name must not be able to steer the reader's terminal.
    """
    return _CONTROL.sub("", _ENTITY.sub(lambda found: _ENTITIES[found[0]], text))


def _plain(text: str, *, ansi: bool) -> str:
    shown = unescaped(with_signs(text))
    return _BOLD.sub("\x1b[1m\\1\x1b[22m", shown) if ansi else shown


def _shown(token: str, workspace: Workspace) -> str:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        person = workspace.people.get(target[1:])
        return f"@{person.name}" if person else unescaped(f"@{label or target[1:]}")
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return f"#{channel.name}" if channel else unescaped(f"#{label or target[1:]}")
    if target.startswith("!subteam^"):
        group = workspace.groups.get(target.removeprefix("!subteam^"))
        return f"@{group.handle}" if group else unescaped(label or "@unknown-group")
    if target.startswith("!date^"):
        return unescaped(label)
    if target.startswith("!"):
        return f"@{target[1:]}" if target[1:] in BROADCASTS else unescaped(label or f"<{target}>")
    if not target.startswith(("http://", "https://", "mailto:")):
        return unescaped(f"<{token}>")
    return unescaped(f"{label} ({target})" if label and label != target else target)
