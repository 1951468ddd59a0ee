"""Shortening and dividing text in Slack's markup without breaking what it says."""

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
    kept = _whole(text[: max(0, length - len(MARK) - len(FENCE))]).rstrip()
    if kept.count(FENCE) % 2:
        kept += FENCE
    return (kept + MARK)[:length]


def divided(text: str, length: int) -> list[str]:
    """All of the text, in pieces of at most ``length`` characters that end where lines or words do.

    Only a word that fills half a piece is broken, and a code block goes on as one in the next piece.
    ``length`` is 20 or more.
    """
    pieces = []
    while len(text) > length:
        end = _end(text, length - len(FENCE))
        piece, text = text[:end], text[end:].removeprefix(text[end] if text[end] in "\n " else "")
        if piece.count(FENCE) % 2:
            piece, text = piece + FENCE, FENCE + text
        pieces.append(piece)
    return [*pieces, text]


def _end(text: str, room: int) -> int:
    """Where a first piece of at most ``room`` characters ends; it is longer than a fence."""
    for blank in "\n ":
        end = text.rfind(blank, room // 2, room)
        if end >= 0:
            return end
    end = len(_whole(text[:room]))
    return end if end > len(FENCE) else room


def _whole(text: str) -> str:
    """Without the beginning of an entity or a reference at its end."""
    return _BROKEN_REFERENCE.sub("", _BROKEN_ENTITY.sub("", text))
