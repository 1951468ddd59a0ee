"""What reading a guest's settings needs of its vCenter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.core.guest_readings import GuestEntry, RegistryValue
from bot.core.signs import GuestFile


class GuestOperations(Protocol):
    """Reads only; every method raises ``VmdumpError`` and sends the guest's password into the guest."""

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        """None: there is no such key."""

    async def guest_files(self, moid: str, folder: str, pattern: str | None = None) -> tuple[GuestEntry, ...]:
        """Files and folders directly in it; empty where there is no such folder."""

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        """None: there is no such file."""

    async def guest_shell(self, moid: str, script: str) -> tuple[int, bytes]:
        """Exit code and output of ``/bin/sh -c script``."""
