"""Whom a message would really notify."""

import re
from collections.abc import Iterator
from typing import Any

from bot.lab.slack.entities import Message
from bot.lab.slack.mrkdwn import BROADCASTS, tokens
from bot.lab.slack.workspace import Workspace

_BARE = re.compile(r"(?<![\w@<])@([\w.-]+)")


def pings(message: Message, workspace: Workspace) -> set[str]:
    """The mentions in it that reach somebody: `!channel`, `!here`, `!everyone`, `@U…`, `!subteam^S…`.

    Counted wherever Slack parses mrkdwn: in the message's text, which notifications show even when there
    are blocks, and in the blocks' mrkdwn and markdown. Plain text objects mention nobody. A bare `@name`
    counts only if the message was posted with `link_names` or `parse=full`.
    """
    texts = [message.text, *_parsed(message.blocks)]
    found = {token for text in texts for token in tokens(text) if _reaches(token, workspace)}
    if message.link_names:
        found |= {mention for text in texts for mention in _bare_mentions(text, workspace)}
    return found


def _parsed(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _parsed(item)
    elif isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "markdown") and isinstance(value.get("text"), str):
            yield value["text"]
        else:
            yield from _parsed(list(value.values()))


def _reaches(token: str, workspace: Workspace) -> bool:
    if token.startswith("@"):
        return token[1:] in workspace.people
    if token.startswith("!subteam^"):
        return token.removeprefix("!subteam^") in workspace.groups
    return token.startswith("!") and token[1:] in BROADCASTS


def _bare_mentions(text: str, workspace: Workspace) -> Iterator[str]:
    for found in _BARE.finditer(text):
        name = found[1]
        if name in BROADCASTS:
            yield f"!{name}"
        yield from (f"@{person.id}" for person in workspace.people.values() if person.name == name)
        yield from (f"!subteam^{group.id}" for group in workspace.groups.values() if group.handle == name)
