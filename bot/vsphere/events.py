"""vCenter's event log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pyVmomi import vim

from bot.core.signs import Happening
from bot.vsphere.properties import moid
from bot.vsphere.session import Link

_Spec = vim.event.EventFilterSpec
# Named, not taken from the registry: VmGuestOSCrashedEvent is unknown to servers before 6.0.
BEARING = frozenset(
    {
        "VmGuestOSCrashedEvent",
        "VmGuestRebootEvent",
        "VmGuestShutdownEvent",
        "VmResettingEvent",
        "VmDasBeingResetEvent",
        "VmDasBeingResetWithScreenshotEvent",
        "VmDasResetFailedEvent",
        "VmRestartedOnAlternateHostEvent",
        "VmMigratedEvent",
        "VmBeingHotMigratedEvent",
        "DrsVmMigratedEvent",
        "VmPoweredOffEvent",
        "VmPoweredOnEvent",
        "DrsVmPoweredOnEvent",
        "VmSuspendedEvent",
    }
)


def read_happenings(link: Link, vm_moid: str, since: datetime) -> tuple[Happening, ...]:
    """The kinds are chosen here, not by vCenter, to which some are unknown before 6.0."""
    spec = _Spec(
        entity=_Spec.ByEntity(entity=vim.VirtualMachine(vm_moid, link.stub), recursion="self"),
        time=_Spec.ByTime(beginTime=since),
    )
    events: Any = vim.event.EventManager(moid(link.content.eventManager), link.stub).QueryEvents(spec)
    found = [
        Happening(
            kind=_kind(event),
            at=event.createdTime.astimezone(UTC),
            text=event.fullFormattedMessage or "",
            user=event.userName or "",
            screenshot=getattr(event, "screenshotFilePath", None),
        )
        for event in events or ()
        if _kind(event) in BEARING and event.createdTime >= since
    ]
    return tuple(sorted(found, key=lambda happening: happening.at))


def log_user_event(
    stub: Any, content: Any, subject: Literal["vm", "host"], entity_moid: str, text: str
) -> None:
    """*Effect.*"""
    kind = vim.HostSystem if subject == "host" else vim.VirtualMachine
    manager = vim.event.EventManager(moid(content.eventManager), stub)
    manager.LogUserEvent(kind(entity_moid, stub), text)


def _kind(event: Any) -> str:
    return type(event).__name__.rpartition(".")[2]
