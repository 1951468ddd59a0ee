"""Making values harmless in the chat's markup.

Names of VMs are chosen by whoever makes VMs: one called ``<!channel> *x*`` pings nobody and is not bold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST_VALUE = 300
"""characters of one value; a longer one is cut before it is escaped"""
_MARKUP = re.compile(r"([*_~`])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
_USERGROUP = re.compile(r"S[A-Z0-9]{2,20}")
_EMOJI = re.compile(r"(?<!\d):(?=[a-z0-9_+-]+:)")
"""not after a digit: 13:23:36 is a time"""
WORD_JOINER = "\u2060"


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
    # Formatting marks need a boundary on their outer side; an invisible joiner takes it away.
    text = _MARKUP.sub(WORD_JOINER + r"\1" + WORD_JOINER, text)
    return Markup(_EMOJI.sub(":" + WORD_JOINER, text))


def fill(template: str, values: Mapping[str, object]) -> Markup:
    """The template with every value escaped."""
    return Markup(template.format_map({name: escape(value) for name, value in values.items()}))


def person(user_id: str) -> Markup:
    """A mention; an id that is none is shown as text."""
    return Markup(f"<@{user_id}>") if _PERSON.fullmatch(user_id) else escape(user_id)


def group(name: str) -> Markup:
    """A user group or person by id, or a named group as text."""
    if _USERGROUP.fullmatch(name):
        return Markup(f"<!subteam^{name}>")
    return person(name)
