"""An archive that a kernel unpacks as its first file system (`newc`, as its documentation has it)."""

from collections.abc import Iterable
from dataclasses import dataclass

_FOLDER, _FILE = 0o040755, 0o100755


@dataclass(frozen=True)
class Member:
    """A folder where there are no bytes, else a program; `name` is its path without the first slash."""

    name: str
    data: bytes | None = None


def archive(members: Iterable[Member]) -> bytes:
    """All of them, owned by root."""
    parts = [
        _entry(number, each.name, _FOLDER if each.data is None else _FILE, each.data or b"")
        for number, each in enumerate(members, 1)
    ]
    return b"".join(parts) + _entry(0, "TRAILER!!!", 0, b"")


def _entry(inode: int, name: str, mode: int, data: bytes) -> bytes:
    named = name.encode() + b"\0"
    links, checksum = 1, 0
    values = (inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(named), checksum)
    header = b"070701" + b"".join(b"%08X" % value for value in values)
    return _padded(header + named) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
