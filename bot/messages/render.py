"""The one way from an entry to what people read."""

from __future__ import annotations

from bot.core.entry import Entry
from bot.messages import (
    approval,
    arming,
    capture,
    ending,
    explaining,
    in_record,
    people,
    plan,
    rehearsal,
    verdict,
)
from bot.messages.catalogue import Texts
from bot.messages.rendered import Rendered
from bot.messages.renderers import RENDERERS

__all__ = ["MODULES", "render"]

MODULES = (people, plan, arming, approval, explaining, capture, rehearsal, verdict, ending, in_record)
"""where the renderers are; importing them registers them"""


def render(entry: Entry, language: str = "en") -> Rendered:
    """The text of an entry. Every kind has one."""
    event = entry.event
    return RENDERERS[type(event)](event, entry, Texts(language))
