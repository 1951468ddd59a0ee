"""Counting entries. Pure: the same journals give the same numbers, after a restart too."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from pydantic import ValidationError

from bot.core.entry import Entry
from bot.core.events import Closed, RestoreFailed

BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""seconds from approval to NMI"""
UNREADABLE = "unreadable"


class Tally:
    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.to_nmi = [0] * (len(BOUNDS) + 1)
        """captures by the bound that they kept; the last kept none"""
        self.to_nmi_seconds = 0.0

    @property
    def failed_restores(self) -> int:
        return self.kinds[RestoreFailed.kind]

    def add(self, body: str) -> None:
        """Counts an entry as it is stored; one that cannot be read counts too."""
        try:
            entry = Entry.model_validate_json(body)
            self.kinds[entry.kind] += 1
            if entry.kind == Closed.kind:
                self._closed(Closed.model_validate(entry.data))
        except ValidationError:
            self.kinds[UNREADABLE] += 1

    def _closed(self, closed: Closed) -> None:
        self.outcomes[closed.outcome.value] += 1
        seconds = closed.durations.approval_to_nmi
        if seconds is not None:
            self.to_nmi[bisect_left(BOUNDS, seconds)] += 1
            self.to_nmi_seconds += seconds
