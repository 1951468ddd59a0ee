"""The one way from an entry to what people read."""

from __future__ import annotations

from bot.core.entry import Entry
from bot.messages.rendered import Rendered


def render(entry: Entry, language: str = "en") -> Rendered:
    """The text of an entry; every kind that shows in the thread or to a person has one in each language."""
    raise KeyError(f"no text for {entry.kind} in {language}")
