"""The dump that is in a guest now: which file it is, and what it says of itself."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from bot.capture.ports import VCenter
from bot.capture.tools import Tools, plan_of, target_of
from bot.core.dump_facts import DumpFacts
from bot.core.dump_names import NEWEST_FOLDERS, is_linux_dump
from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestEntry
from bot.core.kernel_log import TAIL, KernelLog, kernel_log
from bot.core.request import Request
from bot.core.signs import GuestFile

_LOG = re.compile(r"(vmcore-)?dmesg([.-].*)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dump lies."""

    file: GuestFile
    log: GuestEntry | None
    """the kernel's log beside it"""


@dataclass(frozen=True, slots=True)
class Found:
    place: Place
    facts: DumpFacts

    @property
    def file(self) -> GuestFile:
        return self.place.file


async def newest_dump(vcenter: VCenter, moid: str, path: str, family: str) -> Place | None:
    """The file at ``path``; where that is a crash folder of Linux, the newest dump in it. None without one.

    Raises ``VmdumpError``.
    """
    file = await vcenter.guest_file(moid, path)
    if family != "linux":
        return None if file is None else Place(file, None)
    if file is not None:
        beside = await vcenter.guest_files(moid, posixpath.dirname(path))
        return Place(file, _log(beside))
    entries = await vcenter.guest_files(moid, path)
    subfolders = sorted((e for e in entries if e.folder), key=lambda e: e.modified_at, reverse=True)
    places = list(_places(entries))
    for folder in subfolders[:NEWEST_FOLDERS]:
        places += _places(await vcenter.guest_files(moid, folder.path))
    return max(places, key=lambda place: place.file.modified_at, default=None)


def _places(entries: tuple[GuestEntry, ...]) -> list[Place]:
    log = _log(entries)
    return [
        Place(GuestFile(path=e.path, size=e.size, modified_at=e.modified_at), log)
        for e in entries
        if not e.folder and is_linux_dump(e.path)
    ]


def _log(entries: tuple[GuestEntry, ...]) -> GuestEntry | None:
    logs = [e for e in entries if not e.folder and _LOG.fullmatch(posixpath.basename(e.path))]
    return max(logs, key=lambda e: e.modified_at, default=None)


async def read_dump(tools: Tools, request: Request) -> Found | None:
    """The dump as it is now; None if there is none. Raises ``VmdumpError``."""
    target, plan = target_of(request), plan_of(request)
    if plan.dump_file is None:
        raise VmdumpError(Code.NO_GUEST_CREDENTIALS, vm=target.name)
    vcenter = tools.vcenter(target)
    place = await newest_dump(vcenter, target.moid, plan.dump_file, plan.machine.family)
    if place is None:
        return None
    path = place.file.path

    async def piece(offset: int, length: int) -> bytes:
        return await vcenter.guest_piece(target.moid, path, offset, length)

    return Found(place, await tools.formats.read(piece, place.file.size))


async def read_log(tools: Tools, request: Request, log: GuestEntry | None) -> KernelLog | None:
    """The end of the kernel's log; None where there is none or it cannot be read: the dump counts without."""
    if log is None or log.size == 0:
        return None
    target = target_of(request)
    start = max(0, log.size - TAIL)
    try:
        data = await tools.vcenter(target).guest_piece(target.moid, log.path, start, log.size - start)
    except VmdumpError:
        return None
    return kernel_log(log.path, data, cut=start > 0)
