"""The VMs of one vCenter, found at once by what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from bot.core.target import NamedVm

_UUID = re.compile("[0-9a-f]{32}")
_BETWEEN = re.compile(r"[-\s{}]")


class By(StrEnum):
    """How a text may mean a VM, the surest way first."""

    ID = "id"
    """managed object id, inventory path, instance UUID or BIOS UUID"""
    NAME = "name"
    ANY_CASE = "any-case"
    """name or path in other letter case, or with the escapes that vCenter keeps (``%2f``)"""
    GUEST = "guest"
    """host name or address that the guest reports of itself: never selects a VM"""


class Names:
    """Changes make another one, so whoever reads it on another thread sees one moment."""

    def __init__(self, vms: Iterable[NamedVm] = ()) -> None:
        self._vms: dict[str, NamedVm] = {}
        self._index: dict[tuple[By, str], tuple[NamedVm, ...]] = {}
        for vm in vms:
            self._add(vm)

    def __iter__(self) -> Iterator[NamedVm]:
        return iter(self._vms.values())

    def __len__(self) -> int:
        return len(self._vms)

    def find(self, by: By, text: str) -> tuple[NamedVm, ...]:
        """UUIDs may be typed in any case and without dashes, letters with marks in one piece or two."""
        return self._index.get((by, _typed(by, text)), ())

    def changed(self, now: Iterable[NamedVm], gone: Iterable[str]) -> Names:
        """``now`` are VMs as they have become, ``gone`` the ids of those that are no more."""
        after = Names()
        after._grow(self._vms.copy(), self._index.copy(), now, gone)
        return after

    def _grow(
        self,
        vms: dict[str, NamedVm],
        index: dict[tuple[By, str], tuple[NamedVm, ...]],
        now: Iterable[NamedVm],
        gone: Iterable[str],
    ) -> None:
        self._vms, self._index = vms, index
        for moid in gone:
            self._drop(moid)
        for vm in now:
            if self._vms.get(vm.moid) != vm:
                self._drop(vm.moid)
                self._add(vm)

    def _add(self, vm: NamedVm) -> None:
        self._vms[vm.moid] = vm
        for key in _keys(vm):
            self._index[key] = (*self._index.get(key, ()), vm)

    def _drop(self, moid: str) -> None:
        vm = self._vms.pop(moid, None)
        for key in () if vm is None else _keys(vm):
            left = tuple(other for other in self._index[key] if other.moid != moid)
            if left:
                self._index[key] = left
            else:
                del self._index[key]


def _keys(vm: NamedVm) -> set[tuple[By, str]]:
    uuids = (_plain(vm.instance_uuid), _plain(vm.bios_uuid))
    raw_name = vm.path.rpartition("/")[2]
    told = vm.guest_host_name or ""
    keys = {
        By.ID: (vm.moid, _composed(vm.path), *uuids),
        By.NAME: (_composed(vm.name),),
        By.ANY_CASE: (_folded(vm.name), _folded(raw_name), _folded(vm.path)),
        By.GUEST: (_folded(told), _folded(told.partition(".")[0]), *map(_folded, vm.guest_addresses)),
    }
    return {(by, text) for by, texts in keys.items() for text in texts if text}


def _typed(by: By, text: str) -> str:
    match by:
        case By.ID:
            plain = _plain(text)
            return plain if _UUID.fullmatch(plain) else _composed(text)
        case By.NAME:
            return _composed(text)
        case By.ANY_CASE | By.GUEST:
            return _folded(text)


def _plain(uuid: str) -> str:
    return _BETWEEN.sub("", uuid).lower()


def _composed(text: str) -> str:
    """``é`` is one character or two, by who typed it."""
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
