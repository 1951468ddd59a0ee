"""What bears on a dump around the VM, seen from outside without logging in to the guest."""

from __future__ import annotations

from bot.core.value import Value

MIGRATIONS = frozenset({"VirtualMachine.migrate", "VirtualMachine.relocate", "Drm.ExecuteVMotionLRO"})
"""of the tasks that take a VM to another host; the last is DRS's own, as seen in logs [unknown elsewhere]"""


class Volume(Value):
    """A file system of the guest, as its Tools tell it."""

    path: str
    """``C:\\`` or ``/var``"""
    capacity: int
    """bytes"""
    free: int
    """bytes"""


class Store(Value):
    """A datastore that holds a disk of the VM."""

    name: str
    capacity: int | None
    """bytes; None where the account may not read it, or no host reaches it"""
    free: int | None
    """bytes, as vCenter counted them last; None as above"""
    grows: bool
    """a thin or snapshotted disk of the VM lies on it: what the guest writes takes room here"""


class Surroundings(Value):
    tools_version: str | None
    """``guest.toolsVersionStatus2`` such as ``guestToolsCurrent``; None where it is not told"""
    volumes: tuple[Volume, ...] | None
    """None while the Tools tell nothing"""
    stores: tuple[Store, ...]
    snapshots: int
    consolidation_needed: bool
    tasks: tuple[str, ...]
    """description ids of tasks that run on the VM or wait for it: ``VirtualMachine.createSnapshot``"""


class LogPart(Value):
    """The end of a VM's ``vmware.log``."""

    size: int
    """bytes of the whole file when it was read"""
    text: str
    """what came after the offset that was asked for; empty where only the size was"""
