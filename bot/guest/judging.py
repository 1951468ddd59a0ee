"""Findings of what a guest told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from bot.core.finding import Finding, Level

NOT_TOLD = "not told"
Judged = tuple[Level, str]
Case = TypeVar("Case")
Judges = Mapping[str, Callable[[Case], Judged | None]]
"""by the finding's code; one that does not matter to a case gives None"""


def judge_all(judges: Judges[Case], case: Case, read_at: datetime) -> tuple[Finding, ...]:
    judged = ((code, judge(case)) for code, judge in judges.items())
    return tuple(
        Finding(code=code, level=found[0], seen=found[1], source="guest", read_at=read_at)
        for code, found in judged
        if found is not None
    )
