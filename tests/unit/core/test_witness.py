"""What speaks for a crash, and what for life."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.signs import Happening, Signs
from bot.core.witness import ALONE_ENOUGH, Witness, beats, is_back, witnesses
from tests.unit.core.things import NOW, signs

GONE = signs(heartbeat="red", tools="guestToolsNotRunning", guest_operations_ready=False)


def happening(kind: str) -> Happening:
    return Happening(kind=kind, at=NOW, text="")


@pytest.mark.parametrize(
    ("before", "now", "kinds", "looks", "expected"),
    [
        (signs(), signs(), (), None, set()),
        (signs(), signs(), ("VmMessageEvent", "UserLoginSessionEvent"), "dark", set()),
        (signs(), signs(kernel_crashed=True), (), None, {Witness.KERNEL_CRASHED}),
        (signs(kernel_crashed=True), signs(kernel_crashed=True), (), None, set()),
        (signs(kernel_crashed=None), signs(kernel_crashed=None), (), None, set()),
        (signs(), signs(), ("VmGuestOSCrashedEvent",), None, {Witness.CRASH_EVENT}),
        (signs(), signs(), ("VmGuestRebootEvent",), None, {Witness.REBOOT_EVENT}),
        (signs(), signs(), ("VmDasBeingResetEvent",), None, set()),
        (signs(), GONE, ("VmDasBeingResetEvent",), None, {Witness.HEARTBEAT_LOST}),
        # Somebody pressed reset: that ends the heartbeat of any guest.
        (signs(), GONE, ("VmResettingEvent",), None, set()),
        (signs(), GONE.model_copy(update={"power": "poweredOff"}), ("VmPoweredOffEvent",), None, set()),
        (signs(), GONE.model_copy(update={"power": "suspended"}), (), None, set()),
        (signs(), signs(), (), "blue screen", {Witness.BLUE_SCREEN}),
        (signs(), GONE, (), "other", {Witness.HEARTBEAT_LOST}),
        (GONE, GONE, (), None, set()),
        (signs(heartbeat="gray"), GONE, (), None, set()),
    ],
)
def test_each_witness_has_its_sign(
    before: Signs, now: Signs, kinds: tuple[str, ...], looks: str | None, expected: set[Witness]
) -> None:
    assert witnesses(before, now, [happening(kind) for kind in kinds], looks) == expected


def test_a_lost_heartbeat_alone_is_not_enough() -> None:
    assert frozenset(Witness) - ALONE_ENOUGH == {Witness.HEARTBEAT_LOST}


@pytest.mark.parametrize(
    ("changed", "alive", "back"),
    [
        ({}, True, True),
        ({"guest_operations_ready": None}, True, True),
        ({"guest_operations_ready": False}, True, False),
        ({"heartbeat": "yellow"}, True, False),
        ({"heartbeat": "gray"}, False, False),
        ({"heartbeat": "red"}, False, False),
        ({"tools": "guestToolsNotRunning"}, False, False),
        ({"tools": "guestToolsExecutingScripts"}, True, True),
    ],
)
def test_life_and_being_back(changed: dict[str, Any], alive: bool, back: bool) -> None:
    assert beats(signs(**changed)) is alive
    assert is_back(signs(**changed)) is back
