"""Fills what the API requires of a data object and the lab has no opinion on."""

from datetime import UTC, datetime
from typing import Any

from pyVmomi import VmomiSupport

_LONG_AGO = datetime(2017, 1, 1, tzinfo=UTC)


def complete(value: Any) -> Any:
    """Give required, unset fields a neutral value: an empty object, an enumeration's first value, a date.

    Without them the object cannot be put on the wire at all. References to managed objects cannot be made up
    and have to be given.
    """
    for info in value._GetPropertyList():  # noqa: SLF001 - pyVmomi's public non-remote method
        if getattr(value, info.name) is None and not info.flags & VmomiSupport.F_OPTIONAL:
            setattr(value, info.name, _neutral(info.type))
    return value


def _neutral(declared: Any) -> Any:
    if issubclass(declared, VmomiSupport.DataObject):
        return complete(declared())
    if issubclass(declared, VmomiSupport.Enum):
        return declared.values[0]
    if issubclass(declared, datetime):
        return _LONG_AGO
    raise TypeError(f"no neutral value of {declared.__name__}")
