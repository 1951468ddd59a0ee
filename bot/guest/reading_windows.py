"""Asking a Windows what bears on its dumps."""

from __future__ import annotations

import asyncio
import ntpath
from collections.abc import Mapping
from datetime import datetime

from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import RegistryValue, WindowsReadings
from bot.core.signs import GuestFile
from bot.guest.ports import GuestOperations
from bot.guest.registry import CRASH_CONTROL, KEYS
from bot.guest.windows_paths import drive, same
from bot.guest.windows_setup import WindowsSetup, windows_setup


async def read_windows(ops: GuestOperations, moid: str, now: datetime) -> WindowsReadings:
    """Raises ``VmdumpError``; a key that cannot be read is left out, but for CrashControl."""
    keys = await _keys(ops, moid)
    told = WindowsReadings(read_at=now, keys=keys, page_files=(), dump=None)
    setup = windows_setup(told)
    dump = None if setup.dump_path is None else await ops.guest_file(moid, setup.dump_path)
    return told.model_copy(update={"page_files": await _page_files(ops, moid, setup), "dump": dump})


async def _keys(ops: GuestOperations, moid: str) -> dict[str, Mapping[str, RegistryValue] | None]:
    """All at once: before API 6.0 each takes a program in the guest."""

    async def ask(key: str) -> Mapping[str, RegistryValue] | VmdumpError | None:
        try:
            return await ops.registry_values(moid, key)
        except VmdumpError as error:
            return error

    keys: dict[str, Mapping[str, RegistryValue] | None] = {}
    for key, answer in zip(KEYS, await asyncio.gather(*map(ask, KEYS)), strict=True):
        if not isinstance(answer, VmdumpError):
            keys[key] = answer
        elif key == CRASH_CONTROL or answer.code is not Code.GUEST_REGISTRY:
            raise answer
    return keys


async def _page_files(ops: GuestOperations, moid: str, setup: WindowsSetup) -> tuple[GuestFile, ...]:
    """Those that are there, by a listing of their folders."""
    wanted = [*setup.page_files, *([setup.dedicated] if setup.dedicated is not None else ())]
    found = []
    for folder in dict.fromkeys(ntpath.dirname(path) for path in wanted if drive(path).endswith(":")):
        entries = await ops.guest_files(moid, folder)
        found += [
            GuestFile(path=entry.path, size=entry.size, modified_at=entry.modified_at)
            for entry in entries
            if not entry.folder and any(same(entry.path, path) for path in wanted)
        ]
    return tuple(found)
