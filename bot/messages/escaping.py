"""Making values harmless in the chat's markup.

Names of VMs are chosen by whoever makes VMs: one called ``<!channel> *x*`` pings nobody and is not bold.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

LONGEST_VALUE = 300
"""characters of one value; a longer one is cut before it is escaped"""
WORD_JOINER = "\u2060"
"""invisible; values never hold one, so it marks what escaping has changed"""
_LOOKALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
"""Slack has no escape for its formatting marks, so values show characters that look like them"""
_ORIGINALS = {lookalike: mark for mark, lookalike in _LOOKALIKES.items()}
_MARK = re.compile(r"[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""within a word an underscore formats nothing, and names should stay fit to be copied"""
_CHANGED = re.compile(f"([{''.join(_ORIGINALS)}]?){WORD_JOINER}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
_USERGROUP = re.compile(r"S[A-Z0-9]{2,20}")
_EMOJI = re.compile(r":(?=[0-9]*[a-z_+-][a-z0-9_+-]*:)|(?<!\d):(?=\d+:)")
"""13:23:36 is a time, :100: an emoji"""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def escape(value: object) -> Markup:
    """Any value as text that shows as itself: no mention, link, format, emoji or hidden direction mark."""
    if isinstance(value, Markup):
        return value
    text = _CONTROL.sub(" ", str(value))
    if len(text) > LONGEST_VALUE:
        text = text[: LONGEST_VALUE - 1] + "…"
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARK.sub(lambda mark: _LOOKALIKES[mark[0]] + WORD_JOINER, text)
    return Markup(_EMOJI.sub(":" + WORD_JOINER, text))


def original(markup: str) -> str:
    """What ``escape`` was given, as far as it did not cut or blank anything."""
    return html.unescape(_CHANGED.sub(lambda changed: _ORIGINALS.get(changed[1], ""), markup))


def fill(template: str, values: Mapping[str, object]) -> Markup:
    """The template with every value escaped."""
    return Markup(template.format_map({name: escape(value) for name, value in values.items()}))


def person(user_id: str) -> Markup:
    """A mention; an id that is none is shown as text."""
    return Markup(f"<@{user_id}>") if _PERSON.fullmatch(user_id) else escape(user_id)


def channel(channel_id: str) -> Markup:
    """A link to the channel."""
    return Markup(f"<#{channel_id}>") if re.fullmatch(r"[A-Z0-9]{2,30}", channel_id) else escape(channel_id)


def group(name: str) -> Markup:
    """A user group or person by id, or a named group as text."""
    if _USERGROUP.fullmatch(name):
        return Markup(f"<!subteam^{name}>")
    return person(name)
