"""One line for each thing that the model finds wrong."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from bot.settings.fields import expected, fields_of, find, section_of
from bot.settings.kinds import Section
from bot.settings.place import Fault
from bot.settings.tree import Loc, Tree, dotted, key_place, leaves, place_of

_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (dict, "a mapping"),
    ((tuple, list), "a list"),
)

_PROBLEMS: Mapping[str, str] = {
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "too_short": "is an empty list",
    "string_too_short": "is an empty text",
    "string_pattern_mismatch": "has another form",
    "literal_error": "is not known",
    "enum": "is not known",
}


def faults_of(error: ValidationError, section: type[Section], tree: Tree) -> list[Fault]:
    """The model's findings, each at its place in the files."""
    details = error.errors(include_url=False)
    return [
        _fault(tuple(d["loc"]), d["type"], d["input"], d.get("ctx", {}), section, tree)
        for d in details
        # A list whose items are wrong is counted as if it had none.
        if d["type"] != "too_short" or not d["input"]
    ]


def empty_keys(section: type[Section], tree: Tree) -> list[Fault]:
    """Keys without a value. ``channel: #inc`` is one (``#`` begins a comment): it must not mean "any"."""
    found: list[Fault] = []
    for loc, leaf in leaves(tree):
        annotation, metadata = find(section, loc)
        if leaf.value is None and annotation is not None:
            wanted = expected(annotation, metadata)
            found.append(Fault(leaf.place, f"{_path(loc)} is empty; expected {wanted}"))
    return found


def _fault(
    loc: Loc, kind: str, value: Any, context: Mapping[str, Any], section: type[Section], tree: Tree
) -> Fault:
    if kind == "extra_forbidden":
        return Fault(key_place(tree, loc), _unknown_key(loc, section))
    if loc and loc[-1] == "[key]":
        return Fault(
            key_place(tree, loc[:-1]), f"{_path(loc[:-1])} has another form; expected a name in lower case"
        )
    annotation, metadata = find(section, loc)
    wanted = expected(annotation, metadata)
    if kind == "missing":
        return Fault(place_of(tree, loc), f"{_path(loc)} is missing; expected {wanted}")
    if kind == "value_error":
        problem = str(context.get("error", "is wrong"))
        problem += "" if "; expected" in problem else f"; expected {wanted}"
        return Fault(place_of(tree, loc), f"{_path(loc)} {problem}".strip())
    return Fault(place_of(tree, loc), f"{_path(loc)} {_problem(kind, value)}; expected {wanted}")


def _path(loc: Loc) -> str:
    # A key may hold anything: repr keeps the fault on one line.
    return dotted([step if isinstance(step, int) or step.isprintable() else repr(step) for step in loc])


def _problem(kind: str, value: Any) -> str:
    if kind in _PROBLEMS:
        return _PROBLEMS[kind]
    if value is None:
        return "is empty"
    return "is " + next((name for types, name in _NAMES if isinstance(value, types)), "something else")


def _unknown_key(loc: Loc, section: type[Section]) -> str:
    annotation, _ = find(section, loc[:-1])
    inner = section_of(annotation)
    keys = list(fields_of(inner)) if inner else []
    where = f" in {_path(loc[:-1])}" if loc[:-1] else ""
    near = get_close_matches(str(loc[-1]), keys, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown key {str(loc[-1])!r}{where}; {hint}expected one of {', '.join(keys)}"
