"""How large a dump will be."""

from __future__ import annotations

import pytest

from bot.core.guest_readings import GuestReadings
from bot.guest.readiness import GuestSettings
from tests.unit.core.things import GIB, NOW, machine
from tests.unit.guest.readings import NEEDED, linux, windows

RAM = 4 * GIB


@pytest.mark.parametrize(
    ("readings", "least", "most"),
    [
        (windows(), RAM, NEEDED),
        (windows({"CrashDumpEnabled": 0}), RAM, NEEDED),
        (windows({"CrashDumpEnabled": 3}), RAM, NEEDED),
        (windows({"CrashDumpEnabled": 2}), RAM // 20, RAM // 3),
        (windows({"CrashDumpEnabled": 7}), RAM // 20, RAM // 3),
        (windows({"FilterPages": 1}), RAM // 10, NEEDED),
        (windows({"CrashDumpEnabled": None}), RAM // 20, NEEDED),
        (linux(), RAM // 50, RAM // 3),
        (linux({"/etc/kdump.conf": "core_collector cp\n"}), RAM // 50, RAM),
        (linux({"/etc/os-release": None}), RAM // 50, RAM),
    ],
)
def test_the_size_hangs_on_the_kind(readings: GuestReadings, least: int, most: int) -> None:
    assert GuestSettings(lambda: NOW).expected_dump(readings, machine()) == (least, most)


@pytest.mark.parametrize(("family", "most"), [("windows", NEEDED), ("linux", RAM), ("other", NEEDED)])
def test_of_a_guest_that_told_nothing_all_of_its_memory_is_expected(family: str, most: int) -> None:
    least, found = GuestSettings(lambda: NOW).expected_dump(None, machine(family=family))
    assert (found, least < RAM // 10) == (most, True)
