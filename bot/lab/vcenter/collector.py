"""The property collector: which objects a filter selects, and their properties as XML."""

from collections.abc import Iterator
from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.vcenter.inventory import Inventory, Node
from bot.lab.vcenter.paths import first_level, resolve
from bot.lab.vcenter.response import element

_Traversal = vmodl.query.PropertyCollector.TraversalSpec


class Collector:
    """Answers filters over one inventory in one version of the API.

    `unreadable` holds (id, path) pairs that end in a missingSet with NoPermission.
    """

    def __init__(self, inventory: Inventory, unreadable: set[tuple[str, str]], version: str) -> None:
        self._inventory = inventory
        self._unreadable = unreadable
        self._version = version

    def retrieve(self, filters: list[Any]) -> list[str]:
        """The content of an ObjectContent element for every object the filters select.

        Raises the faults InvalidProperty and ManagedObjectNotFound.
        """
        return [self._content(node, paths) for spec in filters for node, paths in self.selected(spec)]

    def selected(self, spec: Any) -> Iterator[tuple[Node, list[str]]]:
        """Each object that a filter selects, once, with the paths that are wanted of it. Faults: as above."""
        every = [each for root in spec.objectSet for each in _all_selections(root.selectSet)]
        named = {each.name: each for each in every if isinstance(each, _Traversal) and each.name}
        seen: set[str] = set()
        walked: set[tuple[str, int]] = set()
        for root in spec.objectSet:
            for node in self._walk(root.obj, bool(root.skip), list(root.selectSet), named, seen, walked):
                if (paths := self._paths(node, spec.propSet)) is not None:
                    yield node, paths

    def value(self, node: Node, path: str) -> str | None:
        """A property as an element `val`; None where it is unset. Raises the fault InvalidProperty."""
        return self._inventory.written(node, path, self._version, lambda: self._written(node, path))

    def readable(self, node: Node, path: str) -> bool:
        """Whether the user may read a property."""
        return (node.moid, path) not in self._unreadable

    def reference(self, ref: Any) -> str:
        """A managed object as an element `obj`."""
        return element("obj", ref, self._version, type(ref))

    def missing(self, node: Node, path: str) -> str:
        """What stands for a property that the user may not read: an element `missingSet`."""
        denied = vim.fault.NoPermission(
            object=node.ref, privilegeId="System.Read", msg="Permission to perform this operation was denied."
        )
        missing = vmodl.query.PropertyCollector.MissingProperty(path=path, fault=denied)
        return element("missingSet", missing, self._version, type(missing))

    def _walk(
        self,
        ref: Any,
        skip: bool,  # noqa: FBT001 - the API's own field
        selections: list[Any],
        named: dict[str, Any],
        seen: set[str],
        walked: set[tuple[str, int]],
    ) -> Iterator[Node]:
        node = self._inventory.find(ref)
        if node is None:
            raise vmodl.fault.ManagedObjectNotFound(
                obj=ref, msg="The object has already been deleted or has not been completely created"
            )
        if not skip and node.moid not in seen:
            seen.add(node.moid)
            yield node
        for selection in selections:
            traversal = selection if isinstance(selection, _Traversal) else named.get(selection.name)
            if traversal is None or not isinstance(node.ref, traversal.type):
                continue
            if (node.moid, id(traversal)) in walked:
                continue
            walked.add((node.moid, id(traversal)))
            _, value = resolve(self._inventory, node, traversal.path, self._version)
            for next_ref in value if isinstance(value, list) else [] if value is None else [value]:
                yield from self._walk(
                    next_ref, bool(traversal.skip), list(traversal.selectSet), named, seen, walked
                )

    def _paths(self, node: Node, specs: list[Any]) -> list[str] | None:
        """The properties wanted of an object, without repeats; None: no spec is about its class."""
        matching = [spec for spec in specs if isinstance(node.ref, spec.type)]
        if not matching:
            return None
        wanted: dict[str, None] = {}
        for spec in matching:
            everything = first_level(type(node.ref), self._version) if spec.all else spec.pathSet
            wanted.update(dict.fromkeys(everything))
        return list(wanted)

    def _content(self, node: Node, paths: list[str]) -> str:
        parts = [self.reference(node.ref)]
        missing = []
        for path in paths:
            if not self.readable(node, path):
                missing.append(self.missing(node, path))
            elif value := self.value(node, path):
                parts.append(f"<propSet><name>{path}</name>{value}</propSet>")
        return "".join(parts + missing)

    def _written(self, node: Node, path: str) -> str | None:
        _, value = resolve(self._inventory, node, path, self._version)
        return None if value is None else element("val", value, self._version)


def _all_selections(selections: list[Any]) -> Iterator[Any]:
    for selection in selections:
        yield selection
        if isinstance(selection, _Traversal):
            yield from _all_selections(selection.selectSet)
