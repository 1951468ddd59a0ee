"""The same of Linux: the newest dump below the crash folder, whatever it is called there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.capture.settling import OSRELEASE, wants_all_memory
from bot.core.dump_facts import DumpFacts
from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpFound, Judged, KernelLogRead, NotVerified, PlanConfirmed
from bot.core.finding import Level
from bot.core.guest_readings import GuestEntry
from bot.core.kernel_log import LINES
from bot.core.request import Outcome, Request, State
from tests.unit.capture.site import Site, site
from tests.unit.capture.world import World
from tests.unit.core.things import GIB, NOW, facts, finding, machine, plan, target
from tests.unit.guest.readings import linux as linux_readings

CRASH = "/var/crash"
FULL = 1000
PANIC = b"[ 1.0] Uhhuh. NMI received\n[ 1.1] Kernel panic - not syncing: NMI: Not continuing\n"
OLD = NOW - timedelta(days=100)
NO_MORE = VmdumpError(Code.GUEST_FILE, vm="DumpTest", path="x", cause="x")


def linux(**changed: Any) -> DumpFacts:
    values = {"format": "kdump", "kind": "kdump, lzo, dump level 31", "holds_all_memory": False, "pages": 9}
    values |= {"memory": None, "memory_end": 5 * GIB, "expected_size": FULL, "bug_check": None}
    return facts(**(values | changed))


def entry(path: str, at: datetime, size: int = FULL, *, folder: bool = False) -> GuestEntry:
    return GuestEntry(path=f"{CRASH}/{path}", folder=folder, size=0 if folder else size, modified_at=at)


def leave(world: World, folder: str, dump: str, at: datetime, *logs: str, data: bytes = PANIC) -> None:
    """One crash's folder."""
    rest = tuple(e for e in world.entries.get(CRASH, ()) if e.path != f"{CRASH}/{folder}")
    world.entries[CRASH] = (*rest, entry(folder, at, folder=True))
    inside = (dump, FULL), *((log, len(data)) for log in logs)
    world.entries[f"{CRASH}/{folder}"] = tuple(entry(f"{folder}/{name}", at, size) for name, size in inside)
    world.pieces |= {f"{CRASH}/{folder}/{log}": data for log in logs}
    world.pieces[f"{CRASH}/{folder}/{dump}"] = b"KDUMP   "


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Site]:
    world = World()
    world.machine = machine(guest_id="rhel9_64Guest", family="linux")
    world.dump_path = CRASH
    leave(world, "old", "vmcore", OLD, "vmcore-dmesg.txt")
    async with site(tmp_path, world) as made:
        await made.approved()
        assert (await made.run(until="verify")).state is State.REBOOTED
        world.facts = linux(crashed_at=world.clock.now())
        yield made


async def verify(lab: Site) -> Request:
    ended = await lab.run(until="finish")
    assert ended.state is State.VERIFIED
    return ended


async def test_what_was_there_before_is_the_newest_below_the_folder(lab: Site) -> None:
    before = (await lab.one(PlanConfirmed)).dump_before
    assert (before.path, before.modified_at) == (f"{CRASH}/old/vmcore", OLD)


@pytest.mark.parametrize(
    ("folder", "dump", "logs"),
    [
        ("127.0.0.1-2026-03-01-09:31:00", "vmcore", ("vmcore-dmesg.txt", "kexec-dmesg.log")),
        ("127.0.0.1-2026-03-01-09:31:00", "vmcore.flat", ("vmcore-dmesg.txt",)),
        ("127.0.0.1-2026-03-01-09:31:00", "vmcore-incomplete", ("vmcore-dmesg-incomplete.txt",)),
        ("202603010931", "dump.202603010931", ("dmesg.202603010931",)),
        ("202603010931", "dump-incomplete", ("dmesg.202603010931",)),
        ("2026-03-01-09:31", "vmcore", ("dmesg.txt", "README.txt")),
    ],
)
async def test_each_distributions_names(lab: Site, folder: str, dump: str, logs: tuple[str, ...]) -> None:
    """``-incomplete`` in a name proves nothing either: its bytes are whole."""
    leave(lab.world, folder, dump, lab.world.clock.now(), *logs)
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    assert (await lab.one(DumpFound)).file.path == f"{CRASH}/{folder}/{dump}"
    log = (await lab.one(KernelLogRead)).log
    assert (log.path, log.lines[-1]) == (f"{CRASH}/{folder}/{logs[0]}", log.panic)
    verdict = (await lab.one(Judged)).verdict
    assert "panic" in {c.name for c in verdict.ours}
    assert "bug-check" not in {c.name for c in verdict.ours}


async def test_a_dump_directly_in_the_folder(lab: Site) -> None:
    now = lab.world.clock.now()
    lab.world.entries[CRASH] += (entry("vmcore", now), entry("_usr_bin_x.crash", now + timedelta(seconds=9)))
    lab.world.pieces[f"{CRASH}/vmcore"] = b"KDUMP   "
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    assert KernelLogRead.kind not in await lab.kinds()


async def test_only_the_end_of_a_long_log_is_read(lab: Site) -> None:
    data = PANIC + b"[ 9.9] something\n" * 9999
    leave(lab.world, "new", "vmcore", lab.world.clock.now(), "vmcore-dmesg.txt", data=data)
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    log = (await lab.one(KernelLogRead)).log
    assert (log.panic, log.lines) == (None, ("[ 9.9] something",) * LINES)


async def test_a_dump_counts_without_its_log(lab: Site) -> None:
    leave(lab.world, "new", "vmcore", lab.world.clock.now(), "vmcore-dmesg.txt")
    lab.world.failing = {"guest_piece": [None, None, NO_MORE]}
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    assert KernelLogRead.kind not in await lab.kinds()


async def test_a_panic_of_another_cause_is_not_ours(lab: Site) -> None:
    data = b"[ 1.0] Kernel panic - not syncing: Fatal exception\n"
    leave(lab.world, "new", "vmcore", lab.world.clock.now(), "vmcore-dmesg.txt", data=data)
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    assert {c.name for c in (await lab.one(Judged)).verdict.disproved} == {"panic"}


async def test_the_older_dump_alone_is_called_old(lab: Site) -> None:
    """And what the kernel said at that crash is not shown as if it were of this one."""
    lab.world.facts = linux(crashed_at=OLD)
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    assert (await lab.one(Judged)).verdict.old
    assert KernelLogRead.kind not in await lab.kinds()


async def told_kernel(lab: Site, release: str, at: datetime) -> None:
    told = linux_readings({OSRELEASE: f"{release}\n"}, read_at=at)
    await lab.store.committer.keep_readings(target().instance_uuid, told)


@pytest.mark.parametrize(
    ("release", "outcome"), [("9600", Outcome.CAPTURED), ("5.14.0-1.el9", Outcome.INCOMPLETE)]
)
async def test_the_kernel_that_it_told_before_the_nmi_is_the_one_that_crashed(
    lab: Site, release: str, outcome: Outcome
) -> None:
    await told_kernel(lab, release, (await lab.request()).created_at)
    leave(lab.world, "new", "vmcore", lab.world.clock.now())
    assert (await verify(lab)).outcome is outcome


@pytest.mark.parametrize("when", ["long before", "after the NMI"])
async def test_a_kernel_that_ran_at_another_time_is_not_compared(lab: Site, when: str) -> None:
    """Somebody checks the guest once it is back, with the kernel that an update had left ready."""
    at = lab.world.clock.now() if when == "after the NMI" else OLD
    await told_kernel(lab, "5.14.0-1.el9", at)
    leave(lab.world, "new", "vmcore", lab.world.clock.now())
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    assert "os-release" not in {c.name for c in (await lab.one(Judged)).verdict.ours}


async def test_an_empty_crash_folder(lab: Site) -> None:
    lab.world.entries.clear()
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    assert (await lab.one(NotVerified)).code is Code.NO_DUMP


@pytest.mark.parametrize(
    ("family", "kind", "expected"),
    [
        ("windows", "complete", True),
        ("windows", "small", True),
        ("windows", "kernel", False),
        ("windows", "automatic", False),
        ("windows", "active", False),
        ("linux", "complete", False),
    ],
)
def test_what_kind_of_dump_is_asked_for(family: str, kind: str, *, expected: bool) -> None:
    told = finding("crash-dump", Level.WARN, kind)
    assert wants_all_memory(plan(machine=machine(family=family), findings=(told,))) is expected
