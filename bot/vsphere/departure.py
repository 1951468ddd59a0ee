"""The moment after which a call can no longer be taken back."""

from __future__ import annotations

import threading


class CalledOff(Exception):
    """Nobody waits for this call any more, so it must not be sent."""


class Departure:
    """Shared by the thread that sends a call and the task that waits for it.

    A thread cannot be cancelled. Without this, a call that was given up while its thread was still connecting
    would reach vCenter later, when everybody believes that it did not happen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._departed = False
        self._called_off = False

    def depart(self) -> None:
        """From here on the call may arrive. Raises ``CalledOff``."""
        with self._lock:
            if self._called_off:
                raise CalledOff
            self._departed = True

    def came_back(self) -> None:
        """vCenter answered that it did nothing."""
        with self._lock:
            self._departed = False

    def call_off(self) -> bool:
        """True if nothing was sent, and then nothing will be."""
        with self._lock:
            self._called_off = True
            return not self._departed
