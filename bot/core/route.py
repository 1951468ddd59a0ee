"""The way the memory is taken."""

from __future__ import annotations

from enum import StrEnum

from bot.core.change import Change
from bot.core.errors import Code, Param
from bot.core.value import Value


class Route(StrEnum):
    API = "api"
    """``VirtualMachine.SendNMI``, by vCenter or a host that stands alone; since vSphere 6.0"""
    SSH = "ssh"
    """``vmdumper`` in the host's shell"""
    BUNDLE = "bundle"
    """the host's support-bundle manifest ``HungVM:Send_NMI_To_Guest``; experimental, says VMware"""

    @property
    def needs_host(self) -> bool:
        """Whether it goes through the one host that the VM runs on, and not with the VM."""
        return self is not Route.API


AUTOMATIC = (Route.API, Route.SSH)
"""those that may be chosen without a person naming them, the preferred one first"""


class PassedOver(Value):
    """A route that is not taken, and why."""

    route: Route
    code: Code
    params: dict[str, Param]


class Leg(Value):
    """One route with what it changes; the next leg is tried only if this one proves that nothing was sent."""

    route: Route
    changes: tuple[Change, ...] = ()
    already_on: tuple[str, ...] = ()
    """labels of services that run already: they are used and left running"""
