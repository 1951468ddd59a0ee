"""Evidence that a guest really crashed, and that it came back."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.core.signs import Happening, Signs

BLUE_SCREEN_LOOKS = "blue screen"


WRITES = 1 << 20
"""bytes per second: a guest that writes its dump writes more [assumed]; never alone a proof of one"""


class Witness(StrEnum):
    KERNEL_CRASHED = "kernel-crashed"
    CRASH_EVENT = "crash-event"
    REBOOT_EVENT = "reboot-event"
    BLUE_SCREEN = "blue-screen"
    HEARTBEAT_LOST = "heartbeat-lost"
    DUMP_FILE = "dump-file"
    VMWARE_LOG = "vmware-log"


ALONE_ENOUGH = frozenset(Witness) - {Witness.HEARTBEAT_LOST}
"""A heartbeat is also lost by a guest that is merely busy: alone, it counts only when it stays lost."""

CRASH_EVENTS = frozenset({"VmGuestOSCrashedEvent"})
REBOOT_EVENTS = frozenset({"VmGuestRebootEvent"})
"""A reset from outside, by HA or by somebody, is none: it also ends a guest that merely hung."""
RESET_EVENTS = frozenset({"VmResettingEvent"})


def beats(signs: Signs) -> bool:
    """Whether the Tools in the guest give a sign of life."""
    return signs.heartbeat in {"green", "yellow"} and signs.tools != "guestToolsNotRunning"


def is_back(signs: Signs) -> bool:
    """Whether the guest is up: Tools answer, and guest operations do where the server tells."""
    return signs.heartbeat == "green" and beats(signs) and signs.guest_operations_ready is not False


def witnesses(
    before: Signs, now: Signs, happenings: Sequence[Happening], looks: str | None
) -> frozenset[Witness]:
    """What speaks for a crash since ``before``; ``looks`` is the console picture's, None without one."""
    kinds = {h.kind for h in happenings}
    found = {
        Witness.KERNEL_CRASHED: bool(now.kernel_crashed) and not before.kernel_crashed,
        Witness.CRASH_EVENT: bool(kinds & CRASH_EVENTS),
        Witness.REBOOT_EVENT: bool(kinds & REBOOT_EVENTS),
        Witness.BLUE_SCREEN: looks == BLUE_SCREEN_LOOKS,
        # Whoever switches the machine off, suspends or resets it ends the heartbeat too.
        Witness.HEARTBEAT_LOST: beats(before)
        and not beats(now)
        and now.power == "poweredOn"
        and not kinds & RESET_EVENTS,
    }
    return frozenset(witness for witness, seen in found.items() if seen)
