"""Which function renders which kind of entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bot.core.entry import Entry, Event
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup
from bot.messages.rendered import Rendered

E = TypeVar("E", bound=Event)
Renderer = Callable[[Any, Entry, Texts], Rendered]

RENDERERS: dict[type[Event], Renderer] = {}


def renders(kind: type[E]) -> Callable[[Callable[[E, Entry, Texts], Rendered]], Renderer]:
    """Marks the one function that renders a kind."""

    def register(function: Callable[[E, Entry, Texts], Rendered]) -> Renderer:
        if kind in RENDERERS:
            raise TypeError(f"{kind.kind} is rendered twice")
        RENDERERS[kind] = function
        return function

    return register


def shown(*sections: str, picture: str | None = None) -> Rendered:
    """Sections without the empty ones."""
    return Rendered(tuple(s for s in sections if s), picture)


def joined(parts: list[Markup], by: str = ", ") -> Markup:
    return Markup(by.join(parts))
