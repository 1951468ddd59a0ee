"""Asking a Windows what bears on its dumps."""

from __future__ import annotations

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
    keys = {}
    for key in KEYS:
        try:
            keys[key] = await ops.registry_values(moid, key)
        except VmdumpError as error:
            if key == CRASH_CONTROL or error.code is not Code.GUEST_REGISTRY:
                raise
    return await _with_files(ops, moid, keys, now)


async def _with_files(
    ops: GuestOperations,
    moid: str,
    keys: Mapping[str, Mapping[str, RegistryValue] | None],
    now: datetime,
) -> WindowsReadings:
    told = WindowsReadings(read_at=now, keys=keys, page_files=(), dump=None)
    setup = windows_setup(told)
    dump = None if setup.dump_path is None else await ops.guest_file(moid, setup.dump_path)
    return told.model_copy(update={"page_files": await _page_files(ops, moid, setup), "dump": dump})


async def _page_files(ops: GuestOperations, moid: str, setup: WindowsSetup) -> tuple[GuestFile, ...]:
    """Those that are there, by a listing of their folders."""
    wanted = [*setup.page_files, *([setup.dedicated] if setup.dedicated is not None else ())]
    found = []
    for folder in dict.fromkeys(_folder(path) for path in wanted if drive(path).endswith(":")):
        entries = await ops.guest_files(moid, folder)
        found += [
            GuestFile(path=entry.path, size=entry.size, modified_at=entry.modified_at)
            for entry in entries
            if not entry.folder and any(same(entry.path, path) for path in wanted)
        ]
    return tuple(found)


def _folder(path: str) -> str:
    return ntpath.dirname(path)
