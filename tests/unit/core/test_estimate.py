"""Sizes and times before either is known."""

from __future__ import annotations

from bot.core.estimate import Measured, estimate
from tests.unit.core.things import NOW

GIB = 1 << 30


def test_without_a_measured_rate_windows_writes_its_memory_twice_at_worst() -> None:
    found = estimate((4 * GIB, 4 * GIB), "windows", None)
    assert found.write_seconds == (20, 164)
    assert found.down_seconds == (140, 464)
    assert found.measured is None


def test_linux_writes_once() -> None:
    assert estimate((0, 4 * GIB), "linux", None).write_seconds == (0, 82)


def test_a_measured_rate_narrows_it_and_is_named() -> None:
    measured = Measured(rate=100 << 20, request="VD-2222", at=NOW)
    found = estimate((4 * GIB, 4 * GIB), "windows", measured)
    assert found.write_seconds == (27, 61)
    assert found.measured == measured
