"""One thing that bears on whether a dump would succeed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.value import Value


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BLOCK = "block"
    UNKNOWN = "unknown"


class Finding(Value):
    """The value seen, from where and when; the text and the cure of each code are in ``messages``."""

    code: str
    level: Level
    seen: str
    source: str
    read_at: datetime


class MakeFinding(Protocol):
    """Makes a finding of one reading; its source is the vCenter unless another is given."""

    def __call__(self, code: str, level: Level, seen: str, source: str = ...) -> Finding: ...
