"""From files to settings, or to every fault in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from bot.settings.kinds import Section
from bot.settings.model import Settings
from bot.settings.place import ConfigFaults, Fault, Place, in_order
from bot.settings.tree import Entry, Leaf, Table, Tree, overlay, plain
from bot.settings.wording import empty_keys, faults_of
from bot.settings.yaml_file import read_yaml

RBAC_FILE = "rbac.yaml"

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A valid section with the tree that says where each value stands."""

    section: S
    tree: Tree


def load(paths: Sequence[Path]) -> Settings:
    """The settings; later files override earlier ones by key.

    Raises ``ConfigFaults`` with everything that is wrong in any of the files.
    """
    return load_placed(paths).section


def load_placed(paths: Sequence[Path]) -> Loaded[Settings]:
    """Like ``load``, with the places."""
    if not paths:
        raise ConfigFaults([Fault(Place(Path("vmdump.yaml")), "no file is given; expected at least one")])
    faults: list[Fault] = []
    trees: list[Table] = []
    for path in paths:
        tree, found, _ = read_yaml(path)
        faults += found
        if isinstance(tree, Table):
            trees.append(tree)
    if not trees or len(trees) < len(paths):
        # A missing layer would make its keys look missing.
        raise ConfigFaults(in_order(faults, paths))
    whole: Tree = trees[0]
    for tree in trees[1:]:
        whole = overlay(whole, tree)
    return validated(Settings, _with_rbac(whole, paths[0]), faults, paths)


def validated(section: type[S], tree: Tree, faults: list[Fault], files: Sequence[Path]) -> Loaded[S]:
    """The tree as a section. Raises ``ConfigFaults`` with these faults and the model's, in order."""
    found = list(faults)
    found += _elsewhere(empty_keys(section, tree), found)
    loaded: S | None = None
    try:
        loaded = section.model_validate(plain(tree))
    except ValidationError as error:
        found += _elsewhere(faults_of(error, section, tree), found)
    if loaded is None or found:
        raise ConfigFaults(in_order(found, files))
    return Loaded(loaded, tree)


def _elsewhere(more: list[Fault], faults: list[Fault]) -> list[Fault]:
    """Those whose place has no fault yet: what is wrong in form need not be told again."""
    places = {fault.place for fault in faults}
    return [fault for fault in more if fault.place not in places]


def _with_rbac(tree: Tree, first: Path) -> Tree:
    if not isinstance(tree, Table) or "rbac" in tree.entries:
        return tree
    place = Place(first)
    return Table(tree.place, {**tree.entries, "rbac": Entry(place, Leaf(place, RBAC_FILE))})
