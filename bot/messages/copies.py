"""What the auditors' channel gets of an entry."""

from __future__ import annotations

from bot.core.entry import SITE, Entry
from bot.messages.catalogue import Texts
from bot.messages.escaping import channel
from bot.messages.rendered import Rendered


def copy_of(entry: Entry, place: str, rendered: Rendered, t: Texts) -> Rendered:
    """Its text, with where it is from; nothing to press and nothing to look at. ``place`` may be empty."""
    named = entry.journal if entry.journal != SITE else t("audit.site")
    head = t("audit.copy", id=named, channel=channel(place)) if place else t("audit.without-place", id=named)
    return Rendered((head, *rendered.sections))
