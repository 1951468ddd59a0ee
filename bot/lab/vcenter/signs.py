"""What vCenter can tell about a guest from outside, in each of the guest's states.

Which value the sources show at which second of a crash is unknown; the lab shows what the documentation of
each field says of such a guest: no heartbeat while it is crashed, no Tools while it boots.
"""

from dataclasses import dataclass

from bot.lab.guest import State


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


def signs_of(state: State) -> Signs:
    """What a guest in that state looks like."""
    return _SIGNS[state]
