"""The dump that the lab's guests leave, found and read through vCenter as a capture does it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.capture.guest_dump import Place, newest_dump
from bot.core.dump_facts import DumpFacts
from bot.core.kernel_log import kernel_log
from bot.guest.dumps import GuestDumps
from bot.lab.guest import DumpFormat
from bot.lab.leaving import leave_dump
from bot.lab.linux import Distribution
from bot.lab.modern import modern_world
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import GuestRule, PyVmomiVCenter
from tests.contract.vsphere_client import endpoint_of

AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
NAMES: list[tuple[Distribution, str, str]] = [
    ("rhel9", r"127\.0\.0\.1-[\d:-]{19}/vmcore", r"vmcore-dmesg\.txt"),
    ("debian12", r"\d{12}/dump\.\d{12}", r"dmesg\.\d{12}"),
    ("sles15", r"[\d:-]{16}/vmcore", r"dmesg\.txt"),
]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=200.0).serve() as served:
        yield served


@pytest.fixture
def vm(world: World) -> Vm:
    return world.vm("kdump-01")


@pytest.fixture
async def vcenter(world: World, vm: Vm) -> AsyncIterator[PyVmomiVCenter]:
    guest = vm.guest
    rule = GuestRule(covers=lambda _: True, username=guest.username, password=lambda _: guest.password)
    async with PyVmomiVCenter(endpoint_of(world), [rule]) as client:
        yield client


async def found(vcenter: PyVmomiVCenter, vm: Vm, path: str = "/var/crash") -> tuple[Place, DumpFacts]:
    place = await newest_dump(vcenter, vm.moid, path, "linux")
    assert place is not None

    async def piece(offset: int, length: int) -> bytes:
        return await vcenter.guest_piece(vm.moid, place.file.path, offset, length)

    return place, await GuestDumps().read(piece, place.file.size)


@pytest.mark.parametrize(("distribution", "dump", "log"), NAMES)
async def test_each_distributions_folder(
    vcenter: PyVmomiVCenter, world: World, vm: Vm, distribution: Distribution, dump: str, log: str
) -> None:
    vm.guest.distribution, vm.guest.dump_format = distribution, "kdump"
    for days in (3, 0, 2):
        vm.guest.keep(leave_dump(world, vm, crashed_at=AT - timedelta(days=days)))
    place, facts = await found(vcenter, vm)
    assert facts.crashed_at == AT, "the newest one"
    assert place.log is not None
    folder = place.file.path.rpartition("/")[0]
    assert re.fullmatch(f"/var/crash/{dump}", place.file.path)
    assert re.fullmatch(f"{folder}/{log}", place.log.path)
    tail = await vcenter.guest_piece(vm.moid, place.log.path, place.log.size - 4096, 4096)
    assert (kernel_log("", tail, cut=True).panic or "").endswith("NMI: Not continuing")


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize(
    ("form", "told"), [("elf", "elf"), ("kdump", "kdump"), ("flattened", "flattened-kdump")]
)
async def test_each_format_whole_and_cut(
    vcenter: PyVmomiVCenter, world: World, vm: Vm, form: DumpFormat, told: str, missing: int
) -> None:
    """By the start of the file and, beyond 64 KiB, by the guest's shell."""
    vm.guest.dump_format, vm.guest.dump_missing = form, missing
    vm.guest.keep(leave_dump(world, vm, crashed_at=AT))
    _, facts = await found(vcenter, vm)
    assert (facts.format, facts.cpus, facts.crashed_at) == (told, vm.cpus, AT)
    assert facts.os_release == vm.guest.linux.release
    assert {f.code for f in facts.findings if f.weight == "doubt"} == set()
    assert any(f.weight == "flaw" for f in facts.findings) is bool(missing)


async def test_a_single_file_by_its_name(vcenter: PyVmomiVCenter, world: World, vm: Vm) -> None:
    vm.guest.keep(leave_dump(world, vm, crashed_at=AT))
    place, facts = await found(vcenter, vm, vm.guest.dump_path)
    assert (place.file.path, facts.crashed_at) == (vm.guest.dump_path, AT)
    assert place.log is not None


async def test_no_dump_at_all(vcenter: PyVmomiVCenter, vm: Vm) -> None:
    assert await newest_dump(vcenter, vm.moid, "/var/crash", "linux") is None
    assert await newest_dump(vcenter, vm.moid, "/var/crash/x/vmcore", "linux") is None
