"""The managed objects of a simulated vCenter and their properties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.lab.vcenter.moid import moid_of

Properties = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True, eq=False)
class Node:
    """A managed object: its reference, and for each property it has how to compute it.

    `changed` gives the world's revision in which something that the properties depend on last changed.
    """

    ref: Any
    properties: Properties
    changed: Callable[[], int]
    values: dict[str, tuple[int, Any]] = field(default_factory=dict, init=False, repr=False)
    texts: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict, init=False, repr=False)

    @property
    def moid(self) -> str:
        """Its id."""
        return moid_of(self.ref)


class Inventory:
    """All managed objects by id. Values are computed anew when what they depend on has changed.

    `follow` is called before an object is looked for, to take in those that came and drop those that went.
    """

    def __init__(self, follow: Callable[[], None]) -> None:
        self._follow = follow
        self._nodes: dict[str, Node] = {}

    def add(self, node: Node) -> None:
        """Make an object known."""
        self._nodes[node.moid] = node

    def remove(self, moid: str) -> None:
        """Forget an object, such as a view that was destroyed."""
        self._nodes.pop(moid, None)

    def find(self, ref: Any) -> Node | None:
        """The object a client's reference means."""
        self._follow()
        return self._nodes.get(moid_of(ref))

    @staticmethod
    def value(node: Node, name: str) -> Any:
        """A property of the first level; None where it is unset."""
        changed = node.changed()
        known = node.values.get(name)
        if known is None or known[0] != changed:
            compute = node.properties.get(name)
            known = node.values[name] = (changed, compute() if compute else None)
        return known[1]

    @staticmethod
    def written(node: Node, path: str, version: str, write: Callable[[], str | None]) -> str | None:
        """What `write` gives for a property, remembered until the object changes."""
        changed = node.changed()
        known = node.texts.get((path, version))
        if known is None or known[0] != changed:
            known = node.texts[path, version] = (changed, write())
        return known[1]
