"""The time that policy goes by. Tests bring their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC, aware."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
