"""Whether what lies around a guest lets a dump succeed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.finding import Finding, Level
from bot.core.surroundings import Store, Volume
from bot.core.surroundings_readiness import assess_surroundings, volume_of
from tests.unit.core.things import DUMP, GIB, finding, machine, plan, store, surroundings

NEEDED = 4 * GIB
C = Volume(path="C:\\", capacity=60 * GIB, free=32 * GIB)


def found(
    code: str, machine_is: dict[str, Any] | None = None, path: str | None = DUMP, **around: Any
) -> Finding:
    made = assess_surroundings(
        machine(**(machine_is or {})),
        surroundings(**around),
        dump_bytes=NEEDED,
        dump_path=path,
        finding=finding,
    )
    assert len({each.code for each in made}) == len(made)
    return next(each for each in made if each.code == code)


@pytest.mark.parametrize(
    ("version", "level", "seen"),
    [
        ("guestToolsCurrent", Level.OK, "guestToolsCurrent"),
        ("guestToolsSupportedOld", Level.OK, "guestToolsSupportedOld"),
        ("guestToolsUnmanaged", Level.OK, "guestToolsUnmanaged"),
        ("guestToolsNotInstalled", Level.WARN, "not installed"),
        ("guestToolsTooOld", Level.WARN, "too old"),
        ("guestToolsNeedUpgrade", Level.WARN, "not current"),
        ("guestToolsBlacklisted", Level.WARN, "of a version with a grave bug"),
        (None, Level.UNKNOWN, "not told"),
    ],
)
def test_tools(version: str | None, level: Level, seen: str) -> None:
    tools = found("tools", tools_version=version)
    assert (tools.level, tools.seen) == (level, seen)


@pytest.mark.parametrize(
    ("machine_is", "level", "seen"),
    [
        ({}, Level.OK, "green"),
        ({"heartbeat": "yellow"}, Level.WARN, "yellow"),
        (
            {"heartbeat": "gray", "tools": "guestToolsNotRunning"},
            Level.WARN,
            "gray, VMware Tools do not answer",
        ),
        (
            {"tools": "guestToolsExecutingScripts"},
            Level.WARN,
            "green, VMware Tools do not answer",
        ),
    ],
)
def test_heartbeat(machine_is: dict[str, Any], level: Level, seen: str) -> None:
    beat = found("heartbeat", machine_is)
    assert (beat.level, beat.seen) == (level, seen)
    # A guest that hangs does not change its version of the Tools.
    assert found("tools", machine_is).level is Level.OK


@pytest.mark.parametrize(("free", "level"), [(NEEDED, Level.OK), (NEEDED - 1, Level.BLOCK), (0, Level.BLOCK)])
def test_room_in_the_guest(free: int, level: Level) -> None:
    volume = C.model_copy(update={"free": free})
    assert found("guest-volume", volumes=(volume,)).level is level


def test_the_volume_that_counts_is_the_dumps() -> None:
    full = Volume(path="D:\\", capacity=10 * GIB, free=GIB)
    assert found("guest-volume", volumes=(full, C)).level is Level.OK
    on_full = found("guest-volume", path=r"D:\MEMORY.DMP", volumes=(full, C))
    assert (on_full.level, on_full.seen) == (Level.BLOCK, "D:\\ has 1.0 GiB free, the dump takes 4.0 GiB")


@pytest.mark.parametrize(("path", "volumes"), [(DUMP, None), (r"E:\MEMORY.DMP", (C,))])
def test_a_volume_that_is_not_told(path: str, volumes: tuple[Volume, ...] | None) -> None:
    unknown = found("guest-volume", path=path, volumes=volumes)
    assert (unknown.level, unknown.seen) == (Level.UNKNOWN, f"VMware Tools tell no volume for {path}")


def test_without_a_path_no_volume_is_looked_at() -> None:
    with pytest.raises(StopIteration):
        found("guest-volume", path=None)


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        (DUMP, "C:\\"),
        ("c:/memorydump/memory.dmp", "C:\\"),
        (r"C:\Mounted\MEMORY.DMP", "c:\\mounted"),
        (r"C:\MountedElsewhere\MEMORY.DMP", "C:\\"),
        (r"\\server\share\MEMORY.DMP", None),
        (r"%SystemRoot%\MEMORY.DMP", None),
        ("/var/crash", "/var"),
        ("/var/crash/127.0.0.1/vmcore", "/var"),
        ("/var", "/var"),
        ("/variable/crash", "/"),
    ],
)
def test_the_longest_mount_point(path: str, mount: str | None) -> None:
    mounts = ("C:\\", "c:\\mounted", "D:\\", "/", "/var", "/boot")
    volume = volume_of(path, tuple(Volume(path=each, capacity=2, free=1) for each in mounts))
    assert (None if volume is None else volume.path) == mount


BORDER = 2 * NEEDED + 100 * GIB
"""twice the dump and a tenth of 1000 GiB"""


@pytest.mark.parametrize(
    ("free", "grows", "level"),
    [
        (BORDER, True, Level.OK),
        (BORDER - 1, True, Level.BLOCK),
        (0, False, Level.OK),
        (None, True, Level.UNKNOWN),
        (None, False, Level.OK),
    ],
)
def test_room_under_the_disks(free: int | None, grows: bool, level: Level) -> None:
    of = store(capacity=1000 * GIB, free=free, grows=grows)
    assert found("datastore", stores=(of,)).level is level


@pytest.mark.parametrize(
    ("stores", "level", "seen"),
    [
        ((), Level.OK, "no disk grows"),
        ((store(),), Level.OK, "nfs01 has 900.0 GiB free, 212.8 GiB are needed"),
        (
            (store(), store(name="thick", free=0, grows=False), store(name="nfs02", capacity=None)),
            Level.UNKNOWN,
            "nfs02 cannot be read",
        ),
        (
            (store(name="nfs02", free=None), store(name="nfs03", free=GIB), store(name="nfs04", free=0)),
            Level.BLOCK,
            "nfs03 has 1.0 GiB free, 212.8 GiB are needed",
        ),
    ],
)
def test_the_first_bad_datastore_is_named(stores: tuple[Store, ...], level: Level, seen: str) -> None:
    datastore = found("datastore", stores=stores)
    assert (datastore.level, datastore.seen) == (level, seen)


@pytest.mark.parametrize(("count", "level"), [(0, Level.OK), (1, Level.WARN), (7, Level.WARN)])
def test_snapshots(count: int, level: Level) -> None:
    snapshots = found("snapshots", snapshots=count)
    assert (snapshots.level, snapshots.seen) == (level, str(count))


@pytest.mark.parametrize(("needed", "level"), [(False, Level.OK), (True, Level.WARN)])
def test_consolidation(needed: bool, level: Level) -> None:
    assert found("consolidation", consolidation_needed=needed).level is level


@pytest.mark.parametrize(
    ("tasks", "level", "seen"),
    [
        ((), Level.OK, "none"),
        (("VirtualMachine.migrate", "Drm.ExecuteVMotionLRO"), Level.OK, "none"),
        (
            ("VirtualMachine.createSnapshot", "VirtualMachine.migrate", "backup.run"),
            Level.WARN,
            "VirtualMachine.createSnapshot, backup.run",
        ),
    ],
)
def test_tasks(tasks: tuple[str, ...], level: Level, seen: str) -> None:
    at_work = found("tasks", tasks=tasks)
    assert (at_work.level, at_work.seen) == (level, seen)


@pytest.mark.parametrize(
    ("code", "bound"), [("heartbeat", False), ("tasks", False), ("snapshots", True), ("tools", True)]
)
def test_what_drifts_is_no_part_of_what_is_approved(code: str, bound: bool) -> None:
    digests = {plan(findings=(finding(code, level),)).digest() for level in (Level.OK, Level.WARN)}
    assert len(digests) == (2 if bound else 1)
