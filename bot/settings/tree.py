"""A YAML file as plain data that knows where each part of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.settings.place import Place


@dataclass(frozen=True, slots=True)
class Leaf:
    place: Place
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Branch:
    place: Place
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    place: Place
    """of the key"""
    value: Tree


@dataclass(frozen=True, slots=True)
class Table:
    place: Place
    entries: dict[str, Entry]


Tree = Leaf | Branch | Table
Loc = tuple[int | str, ...]
"""the way to a part: keys and indexes"""


class Sourced(str):
    """A text that knows where it stands, since relative paths start at the folder of their file."""

    __slots__ = ("place",)
    place: Place

    @classmethod
    def at(cls, place: Place, text: str) -> Sourced:
        sourced = cls(text)
        sourced.place = place
        return sourced


def plain(tree: Tree) -> Any:
    """Dictionaries, tuples and scalars; texts are ``Sourced``."""
    match tree:
        case Table():
            return {key: plain(entry.value) for key, entry in tree.entries.items()}
        case Branch():
            return tuple(plain(item) for item in tree.items)
        case Leaf(place, str(text)):
            return Sourced.at(place, text)
        case Leaf():
            return tree.value


def leaves(tree: Tree, loc: Loc = ()) -> Iterator[tuple[Loc, Leaf]]:
    """Every scalar with the way to it."""
    match tree:
        case Table():
            for key, entry in tree.entries.items():
                yield from leaves(entry.value, (*loc, key))
        case Branch():
            for n, item in enumerate(tree.items):
                yield from leaves(item, (*loc, n))
        case Leaf():
            yield loc, tree


def place_of(tree: Tree, loc: Loc) -> Place:
    """Where the part stands, or the nearest part around it that exists."""
    place = tree.place
    for step in loc:
        match tree:
            case Table() if isinstance(step, str) and step in tree.entries:
                tree = tree.entries[step].value
            case Branch() if isinstance(step, int) and step < len(tree.items):
                tree = tree.items[step]
            case _:
                return place
        place = tree.place
    return place


def key_place(tree: Tree, loc: Loc) -> Place:
    """Where the key at the end of the way stands."""
    for step in loc[:-1]:
        match tree:
            case Table() if isinstance(step, str) and step in tree.entries:
                tree = tree.entries[step].value
            case Branch() if isinstance(step, int) and step < len(tree.items):
                tree = tree.items[step]
            case _:
                return tree.place
    last = loc[-1] if loc else None
    if isinstance(tree, Table) and isinstance(last, str) and last in tree.entries:
        return tree.entries[last].place
    return tree.place


def overlay(below: Tree, above: Tree) -> Tree:
    """Mappings are merged key by key; a list or a scalar above replaces what is below."""
    if not (isinstance(below, Table) and isinstance(above, Table)):
        return above
    entries = dict(below.entries)
    for key, entry in above.entries.items():
        old = entries.get(key)
        entries[key] = entry if old is None else Entry(entry.place, overlay(old.value, entry.value))
    return Table(above.place, entries)


def dotted(loc: Sequence[int | str]) -> str:
    """``vcenters[0].host``"""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
