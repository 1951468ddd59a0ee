"""A guest that answers from tables, and notes what it was asked."""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.errors import VmdumpError
from bot.core.guest_readings import GuestEntry, RegistryValue
from bot.core.signs import GuestFile


@dataclass
class TableGuest:
    """Implements ``GuestOperations``."""

    keys: Mapping[str, Mapping[str, RegistryValue]] = field(default_factory=dict)
    entries: tuple[GuestEntry, ...] = ()
    shell: Callable[[str], tuple[int, bytes]] = lambda _: (127, b"")
    refused: Mapping[str, VmdumpError] = field(default_factory=dict)
    """by key or folder"""
    asked: list[str] = field(default_factory=list)

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        self._ask(moid, key)
        return self.keys.get(key)

    async def guest_files(self, moid: str, folder: str, pattern: str | None = None) -> tuple[GuestEntry, ...]:
        self._ask(moid, folder)
        assert pattern is None
        rules = ntpath if "\\" in folder else posixpath
        return tuple(each for each in self.entries if rules.dirname(each.path) == folder)

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        self._ask(moid, path)
        found = next((each for each in self.entries if each.path == path and not each.folder), None)
        if found is None:
            return None
        return GuestFile(path=path, size=found.size, modified_at=found.modified_at)

    async def guest_shell(self, moid: str, script: str) -> tuple[int, bytes]:
        self._ask(moid, script)
        return self.shell(script)

    def _ask(self, moid: str, what: str) -> None:
        assert moid == "vm-42"
        self.asked.append(what)
        if what in self.refused:
            raise self.refused[what]
