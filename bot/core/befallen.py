"""What else befell a VM while it was crashed, dumping or starting again: by vCenter's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from bot.core.signs import Happening
from bot.core.witness import CRASH_EVENTS, REBOOT_EVENTS


class Befallen(StrEnum):
    HA_RESET = "ha-reset"
    HA_RESET_FAILED = "ha-reset-failed"
    ELSEWHERE = "restarted-elsewhere"
    RESET = "reset"
    POWERED_OFF = "powered-off"
    POWERED_ON = "powered-on"
    SUSPENDED = "suspended"
    MIGRATED = "migrated"
    CRASHED_AGAIN = "crashed-again"


BY_EVENT = {
    "VmDasBeingResetEvent": Befallen.HA_RESET,
    "VmDasBeingResetWithScreenshotEvent": Befallen.HA_RESET,
    "VmDasResetFailedEvent": Befallen.HA_RESET_FAILED,
    "VmRestartedOnAlternateHostEvent": Befallen.ELSEWHERE,
    "VmResettingEvent": Befallen.RESET,
    "VmPoweredOffEvent": Befallen.POWERED_OFF,
    "VmPoweredOnEvent": Befallen.POWERED_ON,
    "DrsVmPoweredOnEvent": Befallen.POWERED_ON,
    "VmSuspendedEvent": Befallen.SUSPENDED,
    "VmMigratedEvent": Befallen.MIGRATED,
    "DrsVmMigratedEvent": Befallen.MIGRATED,
}
CUTS = frozenset({Befallen.HA_RESET, Befallen.ELSEWHERE, Befallen.RESET, Befallen.POWERED_OFF})
"""what ends the writing of a dump from outside"""


def befallen(happenings: Iterable[Happening]) -> Iterator[tuple[Befallen, Happening]]:
    """What befell it, in the order of the events; the first crash is the one that was wanted."""
    crashes = 0
    for happening in happenings:
        crashes += happening.kind in CRASH_EVENTS
        if happening.kind in BY_EVENT:
            yield BY_EVENT[happening.kind], happening
        elif happening.kind in CRASH_EVENTS and crashes > 1:
            yield Befallen.CRASHED_AGAIN, happening


def cut_by(happenings: Sequence[Happening]) -> Befallen | None:
    """What ended the writing of the dump; None as long as nothing did, or where the guest restarted first.

    Whether vCenter also tells of a restart of the guest when HA resets it is unknown, so that one at the same
    moment counts as cut.
    """
    cut = next(((what, h.at) for what, h in befallen(happenings) if what in CUTS), None)
    restarted = min((h.at for h in happenings if h.kind in REBOOT_EVENTS), default=None)
    if cut is None or (restarted is not None and restarted < cut[1]):
        return None
    return cut[0]
