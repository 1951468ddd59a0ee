"""What else befell a VM, and what of it cut its dump short."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.befallen import BY_EVENT, CUTS, Befallen, befallen, cut_by
from bot.core.signs import Happening
from bot.vsphere.events import BEARING
from tests.unit.core.things import NOW


def story(*kinds: str) -> list[Happening]:
    """One event a second."""
    return [Happening(kind=kind, at=NOW + timedelta(seconds=n), text="") for n, kind in enumerate(kinds)]


def test_everything_that_can_befall_it_is_read_from_vcenter() -> None:
    assert BY_EVENT.keys() <= BEARING
    assert set(BY_EVENT.values()) == set(Befallen) - {Befallen.CRASHED_AGAIN}


def test_the_first_crash_is_the_one_that_was_wanted() -> None:
    kinds = ("VmGuestOSCrashedEvent", "VmGuestRebootEvent", "VmGuestOSCrashedEvent", "VmMigratedEvent")
    found = [(what, happening.at) for what, happening in befallen(story(*kinds))]
    assert found == [
        (Befallen.CRASHED_AGAIN, NOW + timedelta(seconds=2)),
        (Befallen.MIGRATED, NOW + timedelta(seconds=3)),
    ]


@pytest.mark.parametrize(
    ("kinds", "cut"),
    [
        ((), None),
        (("VmGuestOSCrashedEvent", "VmMigratedEvent", "VmSuspendedEvent"), None),
        (("VmDasBeingResetEvent",), Befallen.HA_RESET),
        (("VmDasBeingResetWithScreenshotEvent", "VmGuestRebootEvent"), Befallen.HA_RESET),
        (("VmGuestRebootEvent", "VmDasBeingResetEvent"), None),
        (("VmDasResetFailedEvent",), None),
        (("VmResettingEvent",), Befallen.RESET),
        (("VmPoweredOffEvent", "VmPoweredOnEvent"), Befallen.POWERED_OFF),
        (("VmRestartedOnAlternateHostEvent",), Befallen.ELSEWHERE),
    ],
)
def test_what_comes_before_the_guests_own_restart_cuts_the_dump(
    kinds: tuple[str, ...], cut: Befallen | None
) -> None:
    assert cut_by(story(*kinds)) is cut
    assert cut is None or cut in CUTS


def test_a_restart_at_the_same_moment_counts_as_cut() -> None:
    both = [Happening(kind=kind, at=NOW, text="") for kind in ("VmGuestRebootEvent", "VmDasBeingResetEvent")]
    assert cut_by(both) is Befallen.HA_RESET
