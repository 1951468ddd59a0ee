"""What has changed since a client looked last: objects that came into a filter, changed in it, or left it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyVmomi import vmodl

from bot.lab.vcenter.collector import Collector
from bot.lab.vcenter.inventory import Node


@dataclass(frozen=True)
class Seen:
    """An object as a client was told of it: the elements `val` by path, None for what is unset.

    `changed` is the revision of the object in which it was so.
    """

    node: Node
    changed: int
    values: Mapping[str, str | None]
    withheld: frozenset[str]


# What a client was told of each object of a filter, by the object's id.
State = dict[str, Seen]


@dataclass(frozen=True)
class Update:
    """One ObjectUpdate: the paths that have another value now, and those that may not be read."""

    kind: Literal["enter", "modify", "leave"]
    node: Node
    values: Mapping[str, str | None]
    withheld: frozenset[str] = frozenset()

    def written(self, collector: Collector) -> str:
        """The element `objectSet`. A property that is unset now is an assignment of nothing."""
        changes = (
            f"<changeSet><name>{path}</name><op>assign</op>{value or ''}</changeSet>"
            for path, value in self.values.items()
        )
        missing = (collector.missing(self.node, path) for path in sorted(self.withheld))
        obj = collector.reference(self.node.ref)
        return f"<objectSet><kind>{self.kind}</kind>{obj}{''.join(changes)}{''.join(missing)}</objectSet>"


def compare(collector: Collector, spec: Any, before: State) -> tuple[State, list[Update]]:
    """How a filter's objects are now, and what is different. Raises the fault InvalidProperty.

    Real servers can tell parts of a property that changed (`partialUpdates`); the lab tells what was asked.
    """
    now: State = {}
    updates: list[Update] = []
    for node, paths in _selected(collector, spec):
        old = before.get(node.moid)
        new = old if old and old.changed == node.changed() else _look(collector, node, paths)
        now[node.moid] = new
        if old is None:
            values = {path: value for path, value in new.values.items() if value is not None}
            updates.append(Update("enter", node, values, new.withheld))
        elif new is not old:
            updates += _modified(old, new)
    gone = (seen.node for moid, seen in before.items() if moid not in now)
    return now, updates + [Update("leave", node, {}) for node in gone]


def _selected(collector: Collector, spec: Any) -> list[tuple[Node, list[str]]]:
    """A filter about an object that is gone selects nothing any more."""
    try:
        return list(collector.selected(spec))
    except vmodl.fault.ManagedObjectNotFound:
        return []


def _look(collector: Collector, node: Node, paths: list[str]) -> Seen:
    withheld = frozenset(path for path in paths if not collector.readable(node, path))
    values = {path: collector.value(node, path) for path in paths if path not in withheld}
    return Seen(node, node.changed(), values, withheld)


def _modified(old: Seen, new: Seen) -> list[Update]:
    values = {path: value for path, value in new.values.items() if old.values.get(path) != value}
    withheld = new.withheld - old.withheld
    return [Update("modify", new.node, values, withheld)] if values or withheld else []
