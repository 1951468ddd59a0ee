"""Where in a file something stands, and what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import Code, VmdumpError


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column count from 1."""

    file: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. The text never holds a value of the file: it could be a secret."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ConfigFaults(VmdumpError):
    """The files cannot be used. ``str()`` has one line per fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(Code.CONFIG, faults="\n".join(map(str, faults)))
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


def in_order(faults: Sequence[Fault], files: Sequence[Path]) -> list[Fault]:
    """By file as given, then from top to bottom, each once."""
    rank = {file: n for n, file in reversed(list(enumerate(files)))}
    return sorted(
        dict.fromkeys(faults),
        key=lambda f: (rank.get(f.place.file, len(rank)), str(f.place.file), f.place.line, f.place.column),
    )
