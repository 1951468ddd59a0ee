"""The id of a managed object."""

from typing import Any


def moid_of(ref: Any) -> str:
    """The id in a reference, e.g. `vm-101`."""
    return str(ref._moId)  # noqa: SLF001 - pyVmomi has no other name for it
