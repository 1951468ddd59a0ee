"""Property paths such as `config.hardware.memoryMB`: whether they exist, and what they lead to."""

from typing import Any

from pyVmomi import VmomiSupport, vmodl

from bot.lab.vcenter.inventory import Inventory, Node


def resolve(inventory: Inventory, node: Node, path: str, version: str) -> tuple[Any, Any]:
    """(declared type, value) at the end of the path; the value is None where something on the way is unset.

    Raises the fault InvalidProperty where the type has no such property in that version of the API. Paths
    into lists (`device[4000]`) are not understood.
    """
    first, *rest = path.split(".")
    declared = _property_type(type(node.ref), first, path, version)
    value = inventory.value(node, first)
    for name in rest:
        # Of a list's items, or of a subclass that only the value shows, more is known than was declared.
        owner = declared if value is None else type(value)
        declared = _property_type(owner, name, path, version)
        value = None if value is None else getattr(value, name)
    if isinstance(value, list) and not isinstance(value, VmomiSupport.Array):
        value = declared(value)
    return declared, value


def first_level(kind: Any, version: str) -> list[str]:
    """The names of all properties of a managed object's class in a version."""
    listed = kind._GetPropertyList()  # noqa: SLF001 - pyVmomi's public non-remote method
    return [info.name for info in listed if VmomiSupport.IsChildVersion(version, info.version)]


def _property_type(owner: Any, name: str, path: str, version: str) -> Any:
    try:
        info = owner._GetPropertyInfo(name)  # noqa: SLF001 - pyVmomi's public non-remote method
    except AttributeError:
        raise vmodl.query.InvalidProperty(name=path, msg=f"Invalid property: {path}") from None
    if not VmomiSupport.IsChildVersion(version, info.version):
        raise vmodl.query.InvalidProperty(name=path, msg=f"Invalid property: {path}")
    return info.type
