"""Reading one YAML file into a tree, with every fault of its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bot.settings.place import ConfigFaults, Fault, Place
from bot.settings.tree import Branch, Entry, Leaf, Table, Tree

MAX_BYTES = 1 << 20
MAX_PARTS = 20_000
"""aliases count each time, so that a few lines cannot unfold into gigabytes"""
MAX_DEPTH = 30

MERGE = "tag:yaml.org,2002:merge"
SCALARS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))
DATE = "tag:yaml.org,2002:timestamp"


class _TooDeep(yaml.MarkedYAMLError):
    pass


class _Loader(yaml.SafeLoader):
    """The safe loader, bounded in depth: its composer is recursive."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.depth > MAX_DEPTH:
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            raise _TooDeep(problem="is nested too deeply", problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def read_yaml(file: Path) -> tuple[Tree | None, list[Fault], bytes]:
    """The file's tree (None if it has none), what is wrong with its form, and its bytes."""
    start = Place(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, [Fault(start, "no such file; expected a YAML file")], b""
    except OSError as error:
        return None, [Fault(start, f"cannot be read ({error.strerror}); expected a YAML file")], b""
    if len(data) > MAX_BYTES:
        return None, [Fault(start, f"is too large; expected at most {MAX_BYTES >> 20} MiB")], b""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_in(file, data[: error.start].decode("utf-8", "replace"))
        return None, [Fault(place, "is not UTF-8 text; expected a YAML file")], data
    tree, faults = _parse(file, text)
    return tree, faults, data


def _parse(file: Path, text: str) -> tuple[Tree | None, list[Fault]]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None or (isinstance(node, yaml.ScalarNode) and node.value == ""):
            return None, [Fault(Place(file), "the file is empty; expected a mapping of keys")]
        builder = _Builder(file, loader)
        tree = builder.build(node, 0)
    except yaml.reader.ReaderError as error:
        place = _place_in(file, text[: error.position])
        return None, [Fault(place, "an unprintable character; expected a YAML file")]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        return None, [Fault(place, _problem(error))]
    except ConfigFaults as error:
        return None, list(error.faults)
    if not isinstance(tree, Table):
        builder.faults.append(Fault(tree.place, "the file is not a mapping; expected a mapping of keys"))
        return None, builder.faults
    return tree, builder.faults


def _problem(error: yaml.MarkedYAMLError) -> str:
    """The library's words without what it quotes: an unquoted secret may begin with ``*``, ``&`` or ``!``."""
    problem = error.problem or "the form is wrong"
    if "undefined alias" in problem:
        return "an alias (*) without its anchor; expected quotes around a text that begins with *"
    words = re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: _unquoted(found.group()), problem)
    return f"is not YAML: {words.splitlines()[0]}; expected YAML"


def _unquoted(quoted: str) -> str:
    """Single characters and the parser's own names, ``'<stream end>'``, tell nothing."""
    return quoted if len(quoted) <= 3 or quoted.startswith("'<") else "…"


def _place_in(file: Path, before: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


class _Builder:
    """Turns the library's nodes into a tree; faults that leave a tree standing are collected."""

    def __init__(self, file: Path, loader: _Loader) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._loader = loader
        self._parts = 0

    def build(self, node: yaml.Node, depth: int) -> Tree:
        place = self._place(node)
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            raise ConfigFaults([Fault(place, "unfolds into too much; expected fewer or shallower parts")])
        if isinstance(node, yaml.MappingNode):
            return Table(place, self._entries(node, depth))
        if isinstance(node, yaml.SequenceNode):
            return Branch(place, tuple(self.build(item, depth + 1) for item in node.value))
        return self._leaf(node, place)

    def _leaf(self, node: yaml.Node, place: Place) -> Leaf:
        if node.tag == DATE:
            self.faults.append(Fault(place, "reads as a date; expected quotes if it is a text"))
        elif node.tag not in SCALARS:
            self.faults.append(Fault(place, "a tag (!) that is not known; expected quotes if it is a text"))
        else:
            try:
                return Leaf(place, self._loader.construct_object(node))
            except (ValueError, yaml.YAMLError):
                self.faults.append(Fault(place, "not a number; expected quotes if it is a text"))
        return Leaf(place, None)

    def _entries(self, node: yaml.MappingNode, depth: int) -> dict[str, Entry]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.value:
            if key.tag == MERGE:
                merged = self._merged(value, depth) | merged
                continue
            place = self._place(key)
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                self.faults.append(
                    Fault(place, "a key that is not text; expected text, in quotes if need be")
                )
                continue
            if key.value in own:
                line = own[key.value].place.line
                self.faults.append(
                    Fault(place, f"key {key.value!r} again; expected it once, and line {line} has it")
                )
            own[key.value] = Entry(place, self.build(value, depth + 1))
        return merged | own

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, Entry]:
        """What ``<<`` brings in: a mapping, or several of which the earlier ones win."""
        entries: dict[str, Entry] = {}
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(source, yaml.MappingNode):
                tree = self.build(source, depth + 1)
                if isinstance(tree, Table):
                    entries = tree.entries | entries
            else:
                self.faults.append(Fault(self._place(source), "<< with something else; expected a mapping"))
        return entries

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)
