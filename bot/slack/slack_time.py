"""How far Slack's clock is from ours, as far as that is certain."""

from __future__ import annotations

import math
from datetime import datetime


class SlackTime:
    """Measured at each message of ours: Slack names the moment at which it took it."""

    def __init__(self) -> None:
        self._offset: float | None = None

    def measured(self, before: datetime, after: datetime, ts: str) -> None:
        """``before`` and ``after`` are ours, around the call; ``ts`` is Slack's, seconds since 1970."""
        try:
            taken = float(ts)
        except ValueError:
            return
        if not math.isfinite(taken):
            return
        early, late = taken - before.timestamp(), taken - after.timestamp()
        # Between the two nothing is known but that it was between them.
        self._offset = early if early < 0 else late if late > 0 else 0.0

    def offset(self) -> float | None:
        """Seconds by which Slack's clock is certainly ahead of ours, or behind (negative); None at first."""
        return self._offset
