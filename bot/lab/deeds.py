"""What was done to the world from outside, for tests that judge from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Via = Literal["vmdumper", "api", "bundle"]


@dataclass(frozen=True)
class Nmi:
    """An NMI that reached a virtual machine, whether or not the guest minded.

    `via`: the host's vmdumper, the vCenter's SendNMI, or the host's support bundle.
    """

    at: datetime
    host: str
    world_id: int
    vm: str
    moid: str
    via: Via = "vmdumper"


@dataclass(frozen=True)
class Called:
    """A call that came in, with or without an effect: a SOAP method, a page, or a host's command line."""

    at: datetime
    name: str


@dataclass
class Effect:
    """A call with an effect: by whom, which, on what, with what.

    `applied` turns true when the effect is there. A call that a gate dropped before that stays in the log
    with `applied` false.
    """

    at: datetime
    user: str
    call: str
    on: str
    argument: str
    applied: bool = False
