"""What ``reg.exe query`` prints."""

from __future__ import annotations

import re

_VALUE = re.compile(r" {4}(?P<name>.+?) {4}(?P<kind>REG_[A-Z_]+) {4}(?P<data>.*)")
_NUMBERS = frozenset({"REG_DWORD", "REG_QWORD"})


class BadOutput(Exception):
    """It is not what a successful query prints; the message says why."""


def values_of(output: bytes, key: str) -> dict[str, str | int]:
    r"""The values of the key itself; those of keys below it are not printed.

    Which code page it is in depends on the guest's language, so what is not ASCII comes as U+FFFD. That
    several strings are printed with ``\0`` between them makes one that has this in it look like two.
    """
    values: dict[str, str | int] = {}
    lines = [line for line in output.decode("ascii", errors="replace").splitlines() if line]
    if not lines or lines[0].lower() != key.lower():
        raise BadOutput("its output does not begin with the key")
    for line in lines[1:]:
        found = _VALUE.fullmatch(line)
        if found is not None:
            values[found["name"]] = _data(found["kind"], found["data"])
        elif not line.lower().startswith(f"{key.lower()}\\"):
            raise BadOutput("a line of its output is neither a value nor a key")
    return values


def _data(kind: str, data: str) -> str | int:
    if kind in _NUMBERS:
        try:
            return int(data, 16)
        except ValueError:
            raise BadOutput("a number of its output is none") from None
    return data.replace("\\0", "\n") if kind == "REG_MULTI_SZ" else data
