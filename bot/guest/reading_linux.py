"""Asking a Linux what bears on its dumps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.dump_names import NEWEST_FOLDERS
from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestEntry, GuestUnit, LinuxReadings
from bot.guest.distributions import DISTRIBUTIONS
from bot.guest.kdump_settings import judged_lines
from bot.guest.linux_setup import FILES, linux_setup
from bot.guest.ports import GuestOperations

LONGEST = 16 << 10
"""bytes of a file: settings as distributions ship them are long, with what counts at their end"""
SCRIPT = f"head -v -c {LONGEST} {' '.join(FILES)} 2>/dev/null"


async def read_linux(ops: GuestOperations, moid: str, crash_folder: str, now: datetime) -> LinuxReadings:
    """Raises ``VmdumpError``. ``crash_folder`` may be a file, of which only itself is told."""
    _, output = await ops.guest_shell(moid, SCRIPT)
    dumps = await _dumps(ops, moid, crash_folder)
    told = LinuxReadings(read_at=now, files=files_of(output), dumps=dumps)
    setup = linux_setup(told)
    if setup.loaded is not False or setup.distribution is None:
        return told
    return told.model_copy(update={"unit": await _unit(ops, moid, setup.distribution.unit)})


def files_of(output: bytes) -> Mapping[str, str]:
    """What ``head -v`` printed: each file under its name, in the order in which they were named.

    Settings that were cut are left out, since what counts may be missing.
    """
    settings = {known.settings for known in DISTRIBUTIONS}
    rest = b"\n" + output
    files: dict[str, str] = {}
    for path in reversed(FILES):
        rest, header, content = rest.rpartition(f"\n==> {path} <==\n".encode())
        if not header:
            rest = content
        elif path not in settings:
            files[path] = content.decode(errors="replace")
        elif len(content) < LONGEST:
            files[path] = judged_lines(content.decode(errors="replace"))
    return files


async def _dumps(ops: GuestOperations, moid: str, crash_folder: str) -> tuple[GuestEntry, ...] | None:
    try:
        entries = await ops.guest_files(moid, crash_folder)
        if not entries:
            return await _one_dump(ops, moid, crash_folder)
        folders = sorted((each for each in entries if each.folder), key=lambda each: each.modified_at)
        for folder in folders[-NEWEST_FOLDERS:]:
            entries += await ops.guest_files(moid, folder.path)
    except VmdumpError as error:
        if error.code is not Code.GUEST_FILE:
            raise
        return None
    return tuple(entry for entry in entries if not entry.folder)


async def _one_dump(ops: GuestOperations, moid: str, path: str) -> tuple[GuestEntry, ...]:
    file = await ops.guest_file(moid, path)
    if file is None:
        return ()
    return (GuestEntry(path=file.path, folder=False, size=file.size, modified_at=file.modified_at),)


async def _unit(ops: GuestOperations, moid: str, name: str) -> GuestUnit:
    active, _ = await ops.guest_shell(moid, f"systemctl is-active {name}")
    enabled, _ = await ops.guest_shell(moid, f"systemctl is-enabled {name}")
    return GuestUnit(name=name, active=active == 0, enabled=enabled == 0)
