"""Turns data objects of the API into the lab's plain settings and back."""

from typing import Any

from pyVmomi import VmomiSupport

from bot.lab.cluster import CLASS, Settings
from bot.lab.vcenter.moid import moid_of

_OF_ALL_OBJECTS = {"dynamicType", "dynamicProperty"}


def to_settings(value: Any, declared: Any = None) -> Settings:
    """The set fields of a data object; see `Settings`."""
    made: Settings = {} if declared is type(value) else {CLASS: _name(type(value))}
    for info in _properties(type(value)):
        given = getattr(value, info.name)
        if given is not None and not (isinstance(given, list) and not given):
            made[info.name] = _plain(given, info.type)
    return made


def of_class(declared: Any, settings: Settings) -> Any:
    """The data object that the settings describe, of the declared class where they name none."""
    kind = VmomiSupport.GetVmodlType(settings[CLASS]) if CLASS in settings else declared
    types = {info.name: info.type for info in _properties(kind)}
    given = {name: value for name, value in settings.items() if name != CLASS}
    return kind(**{name: _object(value, types[name]) for name, value in given.items()})


def merged(old: Settings, new: Settings) -> Settings:
    """The old settings with those changed that the new ones set, at every depth."""
    made = dict(old)
    for name, value in new.items():
        known = made.get(name)
        made[name] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return made


def _plain(value: Any, declared: Any) -> Any:
    if isinstance(value, VmomiSupport.DataObject):
        return to_settings(value, declared)
    if isinstance(value, VmomiSupport.ManagedObject):
        return moid_of(value)
    if isinstance(value, list):
        return [_plain(each, declared.Item) for each in value]
    return str(value) if isinstance(value, str) else value


def _object(value: Any, declared: Any) -> Any:
    if isinstance(value, dict):
        return of_class(declared, value)
    if isinstance(value, list):
        return [_object(each, declared.Item) for each in value]
    return declared(value) if issubclass(declared, VmomiSupport.ManagedObject) else value


def _properties(kind: Any) -> list[Any]:
    listed = kind._GetPropertyList()  # noqa: SLF001 - pyVmomi's public non-remote method
    return [info for info in listed if info.name not in _OF_ALL_OBJECTS]


def _name(kind: Any) -> str:
    return str(kind.__name__)
