"""What distributions of Linux call a dump, and where in a crash folder it lies."""

from __future__ import annotations

import re

_DUMP = re.compile(r"(vmcore|dump)([.-](?!dmesg).*)?")
NEWEST_FOLDERS = 3
"""of a crash folder's subfolders, one a crash, that are looked into"""


def is_linux_dump(path: str) -> bool:
    """Whole or not: to find one by; whether it is one, and whole, its bytes tell."""
    return _DUMP.fullmatch(path.rpartition("/")[2]) is not None
