"""What vCenter can tell about a guest from outside, in each of the guest's states.

Which value the sources show at which second of a crash is unknown; the lab shows what the documentation of
each field says of such a guest: no heartbeat while it is crashed, no Tools while it boots.
"""

from dataclasses import dataclass

from bot.lab.guest import Guest, Hung, State


@dataclass(frozen=True)
class Signs:
    """The values of `guestHeartbeatStatus` and of three fields of `guest`."""

    heartbeat: str
    tools: str
    guest_state: str
    operations_ready: bool = False
    kernel_crashed: bool = False


_RUNNING, _NOT_RUNNING = "guestToolsRunning", "guestToolsNotRunning"

_SIGNS: dict[State, Signs] = {
    "off": Signs("gray", _NOT_RUNNING, "notRunning"),
    "running": Signs("green", _RUNNING, "running", operations_ready=True),
    "crashed": Signs("red", _RUNNING, "running", kernel_crashed=True),
    "dumping": Signs("red", _NOT_RUNNING, "notRunning", kernel_crashed=True),
    "rebooting": Signs("gray", _NOT_RUNNING, "notRunning"),
}


_HUNG: dict[Hung, Signs] = {
    "refusing": Signs("red", _NOT_RUNNING, "notRunning"),
    "silent": Signs("red", _RUNNING, "running", operations_ready=True),
}

OFF = _SIGNS["off"]


def signs_of(guest: Guest) -> Signs:
    """What a guest looks like in the state that it is in."""
    if guest.state == "running" and guest.hung is not None:
        return _HUNG[guest.hung]
    return _SIGNS[guest.state]
