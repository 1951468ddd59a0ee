"""The custom attributes of a VM."""

from __future__ import annotations

from bot.vsphere.properties import Found

_VALUES, _FIELDS = CUSTOM_FIELDS = ("customValue", "availableField")


def attributes_of(vm: Found) -> tuple[str, ...] | None:
    """``name=value``, sorted; None where one of them could not be read, or its name could not.

    One without text counts as unset: what was never set and what was emptied look alike to people. Names
    and values are taken as they stand: that vCenter escapes them as it does names of VMs is documented
    nowhere.
    """
    if not vm.withheld.isdisjoint(CUSTOM_FIELDS):
        return None
    names = {field.key: field.name for field in vm.get(_FIELDS, ())}
    values = [(names.get(each.key), getattr(each, "value", None)) for each in vm.get(_VALUES, ())]
    if any(name is None or value is None for name, value in values):
        return None
    return tuple(sorted(f"{name}={value}" for name, value in values if value))
