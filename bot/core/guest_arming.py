"""What arming a guest comes to."""

from __future__ import annotations

from bot.core.guest_change import GuestChange
from bot.core.guest_readings import GuestReadings
from bot.core.value import Value


class Arming(Value):
    changes: tuple[GuestChange, ...]
    """in the order in which they are made; none where the guest has it all already"""
    needs_restart: bool
    """they count from the guest's next restart"""
    after: GuestReadings
    """what the guest would tell with all of them made"""
