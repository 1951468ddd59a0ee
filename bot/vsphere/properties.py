"""One question to the property collector.

Only properties that the server's version knows are asked for: an unknown one fails the whole question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyVmomi import vim, vmodl

from bot.vsphere.session import Link
from bot.vsphere.soap import known_in

_Pc = vmodl.query.PropertyCollector
_OF_THE_WHOLE = (vim.fault.NoPermission, vmodl.fault.ManagedObjectNotFound)


@dataclass(frozen=True)
class Step:
    """From objects of a type along a property to others, and from there along the steps named."""

    name: str
    type: Any
    path: str
    then: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """An object with the properties that it has; those unset or withheld are absent."""

    ref: Any
    values: Mapping[str, Any]
    withheld: frozenset[str] = frozenset()

    @property
    def moid(self) -> str:
        return moid(self.ref)

    def get(self, path: str, default: Any = None) -> Any:
        value = self.values.get(path)
        return default if value is None else value


def moid(ref: Any) -> str:
    """A managed object's id."""
    return str(ref._moId)  # noqa: SLF001 - pyVmomi has no other name for it


def ask(
    link: Link,
    start: Any,
    wanted: Mapping[Any, Sequence[str]],
    steps: Sequence[Step] = (),
    first: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> list[Found]:
    """Properties of ``start`` and of what ``steps`` lead to, in one question; lists go on in pages.

    Raises pyVmomi's faults, among them NoPermission where a property of ``start`` was withheld that is not
    in ``spare``.
    """
    spec = filter_spec(link, start, wanted, steps, first)
    return [_found(content, moid(start), spare) for content in _pages(link, spec)]


def filter_spec(
    link: Link,
    start: Any,
    wanted: Mapping[Any, Sequence[str]],
    steps: Sequence[Step] = (),
    first: Sequence[str] = (),
) -> Any:
    """What the property collector is asked for. ``first`` names the steps taken from ``start``."""
    traversals = [
        _Pc.TraversalSpec(
            name=step.name,
            type=step.type,
            path=step.path,
            skip=False,
            selectSet=[_Pc.SelectionSpec(name=name) for name in step.then],
        )
        for step in steps
        if _known(link, step.type, step.path)
    ]
    # A name may be used before it is defined, but every definition has to hang on the start.
    selections = [t for t in traversals if t.name in first] + [t for t in traversals if t.name not in first]
    return _Pc.FilterSpec(
        objectSet=[_Pc.ObjectSpec(obj=start, skip=False, selectSet=selections)],
        propSet=[
            _Pc.PropertySpec(
                type=kind, all=False, pathSet=[path for path in paths if _known(link, kind, path)]
            )
            for kind, paths in wanted.items()
        ],
    )


def _pages(link: Link, spec: Any) -> Iterator[Any]:
    collector = _Pc(moid(link.content.propertyCollector), link.stub)
    page: Any = collector.RetrievePropertiesEx([spec], _Pc.RetrieveOptions())
    while page is not None:
        yield from page.objects
        page = None if page.token is None else collector.ContinueRetrievePropertiesEx(page.token)


def _found(content: Any, start: str, spare: Sequence[str]) -> Found:
    """What is withheld of neighbours is absent: one VM that may not be read must not hide all others."""
    missing = content.missingSet or ()
    for each in missing:
        if isinstance(each.fault, vim.fault.NotAuthenticated):
            raise each.fault
        of_start = moid(content.obj) == start and each.path not in spare
        if of_start and isinstance(each.fault, _OF_THE_WHOLE):
            raise each.fault
    values = {prop.name: prop.val for prop in content.propSet or ()}
    return Found(content.obj, values, frozenset(each.path for each in missing))


def _known(link: Link, kind: Any, path: str) -> bool:
    """Whether every part of a property path exists in the server's version of the API."""
    for part in path.split("."):
        info = kind._GetPropertyInfo(part)  # noqa: SLF001 - pyVmomi has no other way to its registry
        if not known_in(link.version, info):
            return False
        kind = info.type
    return True
