"""The managed objects of a simulated vCenter and their properties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.lab.vcenter.moid import moid_of

Properties = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True)
class Node:
    """A managed object: its reference, and for each property it has how to compute it."""

    ref: Any
    properties: Properties

    @property
    def moid(self) -> str:
        """Its id."""
        return moid_of(self.ref)


class Inventory:
    """All managed objects by id. Values are computed anew when the world's revision has changed."""

    def __init__(self, revision: Callable[[], int]) -> None:
        self._revision = revision
        self._nodes: dict[str, Node] = {}
        self._values: dict[tuple[str, str], Any] = {}
        self._written: dict[tuple[str, str, str], str | None] = {}
        self._valid_for = -1

    def add(self, node: Node) -> None:
        """Make an object known."""
        self._nodes[node.moid] = node

    def remove(self, moid: str) -> None:
        """Forget an object, such as a view that was destroyed."""
        self._nodes.pop(moid, None)
        self._values = {key: value for key, value in self._values.items() if key[0] != moid}
        self._written = {key: text for key, text in self._written.items() if key[0] != moid}

    def find(self, ref: Any) -> Node | None:
        """The object a client's reference means."""
        return self._nodes.get(moid_of(ref))

    def value(self, node: Node, name: str) -> Any:
        """A property of the first level; None where it is unset."""
        self._forget_what_is_old()
        key = (node.moid, name)
        if key not in self._values:
            compute = node.properties.get(name)
            self._values[key] = compute() if compute else None
        return self._values[key]

    def written(self, node: Node, path: str, version: str, write: Callable[[], str | None]) -> str | None:
        """What `write` gives for a property, remembered until the world changes."""
        self._forget_what_is_old()
        key = (node.moid, path, version)
        if key not in self._written:
            self._written[key] = write()
        return self._written[key]

    def _forget_what_is_old(self) -> None:
        if self._valid_for != self._revision():
            self._valid_for = self._revision()
            self._values.clear()
            self._written.clear()
