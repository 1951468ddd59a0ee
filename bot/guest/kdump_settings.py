"""What kdump's settings say, in the three forms that distributions give them."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

DEFAULT_FOLDER = "/var/crash"
_REMOTE = frozenset({"nfs", "nfs4", "net", "ssh"})
_FILE_SYSTEM = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "virtiofs"})
_RED_HAT = frozenset({"path", "raw", "core_collector", "dracut_args"}) | _REMOTE | _FILE_SYSTEM
_SUSE = frozenset({"KDUMP_SAVEDIR", "KDUMP_DUMPLEVEL"})
_SENT_AWAY = ("NFS", "SSH", "FTP")
_DEBIAN = frozenset({"USE_KDUMP", "KDUMP_COREDIR", "MAKEDUMP_ARGS", *_SENT_AWAY})
_WORD = re.compile(r"\s*(?:export\s+)?([A-Za-z_0-9]+)(.*)")
_PASSWORD = re.compile(r"(://[^\s/@:]*):[^\s/@]*(?=@)")
_LEVEL = re.compile(r"-d\s*(\d{1,2})\b")
_MOUNT = re.compile("--mount\\b")


@dataclass(frozen=True)
class KdumpSettings:
    folder: str | None
    """where dumps go, in full; None where that is not a folder of the running guest"""
    elsewhere: str | None = None
    """the line that sends them away from the guest, or to where no file is seen"""
    level: int | None = None
    """what makedumpfile leaves out, 31: all that a kernel's debugger does not need; None where not told"""
    switched_off: bool = False


Parse = Callable[[str, str], KdumpSettings]
"""of a file's text and the text of /proc/mounts"""


def judged_lines(text: str) -> str:
    """Those that are judged, without comments and passwords, so that nothing else is kept."""
    kept = (_PASSWORD.sub(r"\1", line.strip()) for line in text.split("\n") if _counts(line))
    return "".join(f"{line}\n" for line in kept)


def _counts(line: str) -> bool:
    found = _WORD.fullmatch(line.rstrip("\r"))
    return found is not None and found[1] in _RED_HAT | _SUSE | _DEBIAN


def red_hat(text: str, mounts: str) -> KdumpSettings:
    """``/etc/kdump.conf``: a word and its value a line."""
    said = _words(text)
    level = _level(said.get("core_collector", ""))
    path = posixpath.normpath(said.get("path") or DEFAULT_FOLDER)
    for name in sorted(said.keys() & (_REMOTE | {"raw"})):
        return KdumpSettings(folder=None, elsewhere=f"{name} {said[name]}", level=level)
    for name in sorted(said.keys() & _FILE_SYSTEM):
        mounted = _mounted_at(said[name], mounts)
        if mounted is None:
            return KdumpSettings(folder=None, elsewhere=f"{name} {said[name]}", level=level)
        return KdumpSettings(folder=posixpath.normpath(f"{mounted}/{path}"), level=level)
    if _MOUNT.search(said.get("dracut_args", "")):
        return KdumpSettings(folder=None, elsewhere="dracut_args --mount", level=level)
    return KdumpSettings(folder=path, level=level)


def suse(text: str, _mounts: str) -> KdumpSettings:
    """``/etc/sysconfig/kdump``: variables of a shell; the place is a path or a URL."""
    said = _variables(text)
    level = said.get("KDUMP_DUMPLEVEL", "")
    left_out = int(level) if re.fullmatch("[0-9]{1,2}", level) else None
    place = (said.get("KDUMP_SAVEDIR") or DEFAULT_FOLDER).removeprefix("file://")
    if not place.startswith("/"):
        return KdumpSettings(folder=None, elsewhere=place, level=left_out)
    return KdumpSettings(folder=posixpath.normpath(place), level=left_out)


def debian(text: str, _mounts: str) -> KdumpSettings:
    """``/etc/default/kdump-tools``: variables of a shell."""
    said = _variables(text)
    level = _level(said.get("MAKEDUMP_ARGS", ""))
    off = said.get("USE_KDUMP") == "0"
    for name in _SENT_AWAY:
        if said.get(name):
            return KdumpSettings(None, f"{name.lower()} {said[name]}", level, switched_off=off)
    folder = posixpath.normpath(said.get("KDUMP_COREDIR") or DEFAULT_FOLDER)
    return KdumpSettings(folder=folder, level=level, switched_off=off)


def _words(text: str) -> Mapping[str, str]:
    """The last of each."""
    found = (_WORD.fullmatch(line.partition("#")[0].rstrip()) for line in text.split("\n"))
    return {one[1]: one[2].strip() for one in found if one is not None}


def _variables(text: str) -> Mapping[str, str]:
    """What a shell would make of plain assignments; of anything else, its first word."""
    return {
        name: _unquoted(value.removeprefix("="))
        for name, value in _words(text).items()
        if value.startswith("=")
    }


def _unquoted(value: str) -> str:
    try:
        return next(iter(shlex.split(value)), "")
    except ValueError:
        return value


def _level(arguments: str) -> int | None:
    found = _LEVEL.search(arguments)
    return int(found[1]) if found is not None else None


def _mounted_at(device: str, mounts: str) -> str | None:
    """None for one that is not mounted, or is named by its label or UUID, which mounts do not show."""
    rows = (line.split(" ") for line in mounts.split("\n"))
    return next((row[1] for row in rows if len(row) > 1 and row[0] == device), None)
