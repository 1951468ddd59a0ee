"""Custom attributes as the API lists them: what there are, and a machine's values by their keys."""

from typing import Any

from pyVmomi import vim

from bot.lab.center import Center
from bot.lab.vm import Vm

_FIRST_KEY = 101


def fields(center: Center) -> list[Any]:
    """The definitions, all of them for machines."""
    return [
        vim.CustomFieldsManager.FieldDef(key=key, name=name, type=str, managedObjectType=vim.VirtualMachine)
        for key, name in enumerate(center.attributes, _FIRST_KEY)
    ]


def values(center: Center, vm: Vm) -> list[Any]:
    """A machine's values; those never set are absent."""
    return [
        vim.CustomFieldsManager.StringValue(key=key, value=vm.attributes[name])
        for key, name in enumerate(center.attributes, _FIRST_KEY)
        if name in vm.attributes
    ]
