"""Shortening text in Slack's markup without breaking what it says."""

from __future__ import annotations

import re

MARK = " […]"
FENCE = "```"
_BROKEN_ENTITY = re.compile(r"&[a-z]{0,4}\Z")
_BROKEN_REFERENCE = re.compile(r"<[^<>]*\Z")


def cut(text: str, length: int) -> str:
    """The text, or its beginning and a mark, in at most ``length`` characters.

    Never ends inside an entity such as ``&lt;`` or inside ``<@U123>``, and closes a code block.
    """
    if len(text) <= length:
        return text
    kept = text[: max(0, length - len(MARK) - len(FENCE))]
    kept = _BROKEN_REFERENCE.sub("", _BROKEN_ENTITY.sub("", kept)).rstrip()
    if kept.count(FENCE) % 2:
        kept += FENCE
    return (kept + MARK)[:length]
