"""What ``reg.exe query`` prints."""

from __future__ import annotations

import re
from typing import get_args

from bot.core.guest_readings import RegistryType, RegistryValue

_VALUE = re.compile(r" {4}(?P<name>.+?) {4}(?P<kind>REG_[A-Z_]+) {4}(?P<data>.*)")
_TYPES: dict[str, RegistryType] = {each: each for each in get_args(RegistryType)}
_NUMBERS = frozenset({"REG_DWORD", "REG_QWORD"})


class BadOutput(Exception):
    """It is not what a successful query prints; the message says why."""


def values_of(output: bytes, key: str) -> dict[str, RegistryValue]:
    r"""The values of the key itself, of the types that we know.

    Which code page it is in depends on the guest's language, so what is not ASCII comes as U+FFFD. That
    several strings are printed with ``\0`` between them makes one that has this in it look like two.
    """
    values: dict[str, RegistryValue] = {}
    for line in _lines(output, key):
        found = _VALUE.fullmatch(line)
        if found is not None:
            if kind := _TYPES.get(found["kind"]):
                values[found["name"]] = RegistryValue(type=kind, data=_data(kind, found["data"]))
        elif not _is_below(line, key):
            raise BadOutput("a line of its output is neither a value nor a key")
    return values


def keys_in(output: bytes, key: str) -> frozenset[str]:
    """The keys directly in the key, in full and in small letters."""
    return frozenset(line.lower() for line in _lines(output, key) if _is_below(line, key))


def _lines(output: bytes, key: str) -> list[str]:
    """All but the first, which names the key if it has values."""
    lines = [line for line in output.decode("ascii", errors="replace").splitlines() if line]
    if lines and lines[0].lower() == key.lower():
        return lines[1:]
    if lines and _is_below(lines[0], key):
        return lines
    raise BadOutput("its output does not begin with the key")


def _is_below(line: str, key: str) -> bool:
    return line.lower().startswith(f"{key.lower()}\\")


def _data(kind: RegistryType, data: str) -> str | int:
    if kind in _NUMBERS:
        try:
            return int(data, 16)
        except ValueError:
            raise BadOutput("a number of its output is none") from None
    return data.replace("\\0", "\n") if kind == "REG_MULTI_SZ" else data
