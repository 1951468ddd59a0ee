"""What vCenter has reported of its inventory since a filter was made."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from bot.core.names import Names
from bot.vsphere.inventory import places_of, row
from bot.vsphere.naming import Place
from bot.vsphere.properties import Found, moid


class Content:
    """Takes the updates of one filter, in their order; what is withheld of a VM is absent."""

    def __init__(self, vcenter: str, root: str) -> None:
        self._vcenter = vcenter
        self._root = root
        self._vms: dict[str, Found] = {}
        self._around: dict[str, Found] = {}
        """folders, data centres and vApps"""
        self._places: dict[str, Place] = {}
        self._changed: dict[str, None] = {}
        self._moved = False
        self._names = Names()

    def take(self, updates: Any) -> None:
        """One page of them: an ``UpdateSet``."""
        for of_filter in updates.filterSet or ():
            for update in of_filter.objectSet or ():
                self._take(update)

    def names(self) -> Names:
        """For when the last page is taken: before, there may be VMs without their folders."""
        if self._moved:
            # A folder's name is part of many paths.
            self._places = places_of(self._around.values())
            self._changed.update(dict.fromkeys(self._vms))
        self._names = self._names.changed(
            now=(
                row(self._vcenter, self._vms[vm], self._places, self._root)
                for vm in self._changed
                if vm in self._vms
            ),
            gone=[vm for vm in self._changed if vm not in self._vms],
        )
        self._changed, self._moved = {}, False
        return self._names

    def _take(self, update: Any) -> None:
        key, kind = moid(update.obj), str(update.kind)
        kept = self._vms if isinstance(update.obj, vim.VirtualMachine) else self._around
        if kind == "leave":
            kept.pop(key, None)
        else:
            # What enters is told whole, also if it has been here before.
            before = kept.get(key) if kind == "modify" else None
            values = {} if before is None else before.values
            told = {change.name: change.val for change in update.changeSet or ()}
            kept[key] = Found(update.obj, {**values, **told})
        if kept is self._vms:
            self._changed[key] = None
        else:
            self._moved = True
