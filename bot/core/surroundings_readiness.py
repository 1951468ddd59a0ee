"""Whether what lies around a guest lets a dump succeed: its Tools, room inside and outside, snapshots, tasks.

What is read from outside drifts. A finding's level changes only where somebody should look again: how a guest
that hangs beats, and which tasks run, are findings of their own, which no approval is bound to.
"""

from __future__ import annotations

from bot.core.finding import Finding, Level, MakeFinding
from bot.core.surroundings import MIGRATIONS, Store, Surroundings, Volume
from bot.core.target import Machine

_GIB = 1 << 30
_NOT_WELL = {
    "guestToolsNotInstalled": "not installed",
    "guestToolsTooOld": "too old",
    "guestToolsNeedUpgrade": "not current",
    "guestToolsBlacklisted": "of a version with a grave bug",
}
"""by version; a supported one that is not the newest is good enough"""


def assess_surroundings(
    machine: Machine,
    seen: Surroundings,
    *,
    dump_bytes: int,
    dump_path: str | None,
    finding: MakeFinding,
) -> tuple[Finding, ...]:
    """``dump_bytes`` are expected at ``dump_path`` in the guest; without a path its volume says nothing."""
    volume = () if dump_path is None else (_volume(finding, seen, dump_bytes, dump_path),)
    return (
        _tools(finding, seen.tools_version),
        _heartbeat(finding, machine),
        *volume,
        _datastore(finding, seen.stores, dump_bytes),
        finding("snapshots", Level.WARN if seen.snapshots else Level.OK, str(seen.snapshots)),
        finding(
            "consolidation",
            Level.WARN if seen.consolidation_needed else Level.OK,
            "needed" if seen.consolidation_needed else "not needed",
        ),
        _tasks(finding, seen.tasks),
    )


def _tools(finding: MakeFinding, version: str | None) -> Finding:
    if version is None:
        return finding("tools", Level.UNKNOWN, "not told")
    return finding("tools", Level.WARN if version in _NOT_WELL else Level.OK, _NOT_WELL.get(version, version))


def _heartbeat(finding: MakeFinding, machine: Machine) -> Finding:
    running = machine.tools == "guestToolsRunning"
    well = running and machine.heartbeat == "green"
    seen = machine.heartbeat if running else f"{machine.heartbeat}, VMware Tools do not answer"
    return finding("heartbeat", Level.OK if well else Level.WARN, seen)


def _volume(finding: MakeFinding, seen: Surroundings, dump_bytes: int, path: str) -> Finding:
    """An older dump at the same place counts as taken: not every guest writes over it."""
    volume = volume_of(path, seen.volumes or ())
    if volume is None:
        return finding("guest-volume", Level.UNKNOWN, f"VMware Tools tell no volume for {path}")
    room = f"{volume.path} has {_gib(volume.free)} free, the dump takes {_gib(dump_bytes)}"
    return finding("guest-volume", Level.BLOCK if volume.free < dump_bytes else Level.OK, room)


def volume_of(path: str, volumes: tuple[Volume, ...]) -> Volume | None:
    """The volume on which a path lies: that of the longest mount point above it."""
    above = [volume for volume in volumes if _plain(path).startswith(_plain(volume.path))]
    return max(above, key=lambda volume: len(_plain(volume.path)), default=None)


def _plain(path: str) -> str:
    """With one separator at the end; Windows takes either, and does not look at case."""
    if "\\" in path or path[1:2] == ":":
        return path.replace("/", "\\").lower().rstrip("\\") + "\\"
    return path.rstrip("/") + "/"


def _datastore(finding: MakeFinding, stores: tuple[Store, ...], dump_bytes: int) -> Finding:
    """A full datastore stops every VM on it at its next write, so some of it has to stay free."""
    growing = [store for store in stores if store.grows]
    if not growing:
        return finding("datastore", Level.OK, "no disk grows")
    told = [_room(store, dump_bytes) for store in growing]
    level = next(
        level for level in (Level.BLOCK, Level.UNKNOWN, Level.OK) if any(level is of for of, _ in told)
    )
    return finding("datastore", level, next(room for of, room in told if of is level))


def _room(store: Store, dump_bytes: int) -> tuple[Level, str]:
    """Page file and dump may both be new to a thin disk."""
    if store.free is None or store.capacity is None:
        return Level.UNKNOWN, f"{store.name} cannot be read"
    needed = 2 * dump_bytes + store.capacity // 10
    room = f"{store.name} has {_gib(store.free)} free, {_gib(needed)} are needed"
    return (Level.BLOCK if store.free < needed else Level.OK), room


def _tasks(finding: MakeFinding, tasks: tuple[str, ...]) -> Finding:
    """Migrations are a finding of their own, which the bot waits for."""
    others = [task for task in tasks if task not in MIGRATIONS]
    return finding("tasks", Level.WARN if others else Level.OK, ", ".join(others) or "none")


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f} GiB"
