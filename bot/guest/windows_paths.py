"""Paths of a Windows, which are compared without regard to case."""

from __future__ import annotations

import ntpath
import re

_VARIABLE = re.compile("%([^%]+)%")
_LOCAL = re.compile(r"[A-Za-z]:\\")


def expanded(path: str, system_root: str | None) -> str | None:
    r"""In full, ``C:\Windows\MEMORY.DMP``; None where that cannot be told: another variable, no drive."""
    known: dict[str, str] = {}
    if system_root is not None:
        known = {"systemroot": system_root, "windir": system_root, "systemdrive": drive(system_root)}
    plain = _VARIABLE.sub(lambda found: known.get(found[1].lower(), found[0]), path).removeprefix("\\??\\")
    return ntpath.normpath(plain) if _LOCAL.match(plain) and "%" not in plain else None


def drive(path: str) -> str:
    """``C:``"""
    return path[:2].upper()


def same(one: str, other: str) -> bool:
    return ntpath.normcase(ntpath.normpath(one)) == ntpath.normcase(ntpath.normpath(other))
