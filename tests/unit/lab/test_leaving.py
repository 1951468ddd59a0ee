"""What a crash leaves in a guest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.leaving import copy_out, leave_dump
from bot.lab.modern import modern_world

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_a_linux_keeps_each_crash_in_a_folder_of_its_own(tmp_path: Path) -> None:
    world = modern_world(tmp_path)
    guest = world.vm("kdump-01").guest
    for at in (AT, AT.replace(day=5)):
        guest.keep(leave_dump(world, world.vm("kdump-01"), crashed_at=at))
    assert list(guest.files.folders("/var/crash")) == [
        "127.0.0.1-2026-03-04-05:06:07",
        "127.0.0.1-2026-03-05-05:06:07",
    ]
    newest = guest.folder("/var/crash/127.0.0.1-2026-03-05-05:06:07")
    assert [file.path.rpartition("/")[2] for file in newest] == ["vmcore", "vmcore-dmesg.txt"]
    assert guest.dump_path == newest[0].path
    assert newest[1].size > 64 << 10


@pytest.mark.parametrize("missing", [0, 100])
def test_it_is_cut_by_so_many_bytes(tmp_path: Path, missing: int) -> None:
    world = modern_world(tmp_path)
    vm = world.vm("kdump-01")
    whole = leave_dump(world, vm, crashed_at=AT).size
    vm.guest.dump_missing = missing
    assert leave_dump(world, vm, crashed_at=AT).size == whole - missing


async def test_a_windows_that_is_back_copies_its_dump_out(tmp_path: Path) -> None:
    world = article_world(tmp_path)
    vm = world.vm("DumpTest")
    vm.guest.dump_copied = 0.01
    dump = leave_dump(world, vm, crashed_at=AT)
    whole, first = dump.size, []
    await copy_out(vm, dump, lambda start: first.append(start.size))
    assert first == [whole // 8]
    after = vm.guest.file(dump.path)
    assert after is not None
    assert (after.size, after.modified > AT) == (whole, True)
