"""What guests tell of themselves, asked on a vCenter 5.5 and an 8.0, and what it comes to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.capture.ports import GuestReadiness
from bot.core.arming import DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Finding, Level
from bot.core.guest_readings import GuestUnit, LinuxReadings, WindowsReadings
from bot.guest.readiness import GuestSettings
from bot.lab.article import article_world
from bot.lab.guest_file import GuestFile
from bot.lab.linux import CRASH_LOADED, CRASH_SIZE, Distribution, Linux
from bot.lab.registry import CRASH_CONTROL, MEMORY_MANAGEMENT, RELIABILITY
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.test_vsphere_guest_reading import left_in, linux_of
from tests.contract.vsphere_client import client_of
from tests.unit.core.things import DUMP, NOW

WINDOWS = "vm-101"
SETTINGS: GuestReadiness = GuestSettings(lambda: NOW)
MIB = 1 << 20


async def judged(vcenter: PyVmomiVCenter, vm: Vm, dump_file: str | None) -> dict[str, Finding]:
    machine = await vcenter.machine(vm.moid)
    readings = await SETTINGS.read(vcenter, machine, dump_file)
    volumes = (await vcenter.surroundings(vm.moid)).volumes
    return {f.code: f for f in SETTINGS.assess(readings, machine, volumes, dump_file)}


def unwell(found: dict[str, Finding]) -> dict[str, Level]:
    return {code: f.level for code, f in found.items() if f.level is not Level.OK}


async def test_a_windows_as_it_should_be(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(WINDOWS)
    vm.guest.forget(DUMP)
    vm.guest.registry.set(CRASH_CONTROL, "AlwaysKeepMemoryDump", "REG_DWORD", 1)
    found = await judged(vcenter, vm, DUMP)
    assert unwell(found) == {}
    assert found["page-file"].seen.startswith(f"{vm.guest.page_file_mb:,} MiB on C:, ")
    assert found["dump-path"].seen == DUMP


async def test_a_windows_with_all_that_can_be_wrong(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(WINDOWS)
    guest = vm.guest
    for name in ("AutoReboot", "Overwrite", "CrashDumpEnabled"):
        guest.registry.set(CRASH_CONTROL, name, "REG_DWORD", 0)
    guest.registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", r"%SystemRoot%\MEMORY.DMP")
    guest.registry.remove(RELIABILITY, "BootStatusPolicy")
    guest.keep(GuestFile(r"C:\pagefile.sys", guest.booted_at, vm.memory_mb * MIB))
    guest.keep(GuestFile(r"C:\Windows\MEMORY.DMP", guest.booted_at - timedelta(days=1), b"PAGEDU64"))
    guest.disk_free_bytes = MIB
    assert unwell(await judged(vcenter, vm, DUMP)) == {
        "crash-dump": Level.BLOCK,
        "dump-path": Level.WARN,
        "page-file": Level.BLOCK,
        "dump-room": Level.BLOCK,
        "overwrite": Level.BLOCK,
        "auto-reboot": Level.WARN,
        "boot-status": Level.WARN,
        "keep-dump": Level.WARN,
    }


async def test_a_windows_without_a_page_file(vcenter: PyVmomiVCenter, world: World) -> None:
    guest = world.vm(WINDOWS).guest
    for name in ("PagingFiles", "ExistingPageFiles"):
        guest.registry.set(MEMORY_MANAGEMENT, name, "REG_MULTI_SZ", ())
    found = await judged(vcenter, world.vm(WINDOWS), DUMP)
    assert (found["page-file"].level, found["page-file"].seen.partition(",")[0]) == (
        Level.BLOCK,
        "0 MiB on C:",
    )
    dedicated = r"C:\dedicated.sys"
    guest.registry.set(CRASH_CONTROL, "DedicatedDumpFile", "REG_SZ", dedicated)
    guest.keep(GuestFile(dedicated, guest.booted_at, (world.vm(WINDOWS).memory_mb + 257) * MIB))
    assert (await judged(vcenter, world.vm(WINDOWS), DUMP))["page-file"].level is Level.OK


async def test_what_a_windows_would_be_set_to(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm(WINDOWS)
    vm.guest.registry.set(CRASH_CONTROL, "CrashDumpEnabled", "REG_DWORD", 7)
    machine = await vcenter.machine(WINDOWS)
    readings = await SETTINGS.read(vcenter, machine, DUMP)
    assert isinstance(readings, WindowsReadings)
    arming = SETTINGS.arming(readings, machine, DumpWish.COMPLETE, DUMP)
    assert [change.label for change in arming.changes] == ["CrashDumpEnabled", "AlwaysKeepMemoryDump"]
    assert arming.needs_restart
    assert SETTINGS.expected_dump(arming.after, machine) == (
        vm.memory_mb * MIB,
        (vm.memory_mb + 257) * MIB,
    )


async def test_a_linux_as_installed_and_as_it_should_be(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    vm.guest.linux.set("/proc/sys/kernel/unknown_nmi_panic", "0", NOW)
    vm.guest.linux.set("/proc/sys/kernel/panic_on_unrecovered_nmi", "0", NOW)
    found = await judged(vcenter, vm, None)
    assert unwell(found) == {"nmi-panic": Level.BLOCK}
    assert found["dump-form"].seen.endswith(", makedumpfile -d 31")
    assert found["kdump-target"].seen == "/var/crash"
    for name in ("unknown_nmi_panic", "panic_on_unrecovered_nmi", "panic_on_io_nmi"):
        vm.guest.linux.set(f"/proc/sys/kernel/{name}", "1", NOW)
    at = vm.guest.booted_at - timedelta(days=2)
    vm.guest.files.write("/var/crash/127.0.0.1-2026/vmcore", "KDUMP   ", at)
    found = await judged(vcenter, vm, None)
    assert unwell(found) == {}
    assert found["linux-dumps"].seen == f"{at:%Y-%m-%d %H:%M}, 0 MiB"
    assert left_in(vm) == []


@pytest.mark.parametrize("distribution", ["rhel9", "rhel7", "debian12", "sles15"])
async def test_each_distribution_is_read_and_would_be_armed(
    vcenter: PyVmomiVCenter, world: World, distribution: Distribution
) -> None:
    vm = linux_of(world)
    guest = vm.guest
    for path in ("/etc/os-release", "/etc/kdump.conf"):
        guest.forget(path)
    linux = Linux(guest.files, distribution, vm.memory_mb, guest.booted_at)
    guest._linux = linux
    (unit,) = (name for name in linux.units if name.startswith("kdump"))
    linux.stop(unit, guest.booted_at)
    linux.units[unit].enabled = False
    machine = await vcenter.machine(vm.moid)
    readings = await SETTINGS.read(vcenter, machine, None)
    assert isinstance(readings, LinuxReadings)
    assert readings.unit == GuestUnit(name=unit, active=False, enabled=False)
    before = {f.code: f.level for f in SETTINGS.assess(readings, machine, None, None)}
    assert {code for code, level in before.items() if level is Level.BLOCK} == {"nmi-panic", "kdump-loaded"}
    after = SETTINGS.arming(readings, machine, DumpWish.COMPLETE, None).after
    left = {f.code for f in SETTINGS.assess(after, machine, None, None) if f.level is not Level.OK}
    assert left == {"dump-room"}


async def test_a_linux_without_a_crash_kernel(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    vm.guest.files.write(CRASH_SIZE, "0\n", NOW)
    vm.guest.files.write(CRASH_LOADED, "0\n", NOW)
    vm.guest.files.write("/proc/cmdline", "ro quiet\n", NOW)
    machine = await vcenter.machine(vm.moid)
    readings = await SETTINGS.read(vcenter, machine, None)
    found = {f.code: f for f in SETTINGS.assess(readings, machine, None, None)}
    assert (found["crashkernel"].level, found["kdump-loaded"].level) == (Level.BLOCK, Level.BLOCK)
    with pytest.raises(VmdumpError) as refused:
        SETTINGS.arming(readings, machine, DumpWish.COMPLETE, None)
    assert refused.value.code is Code.NO_CRASHKERNEL


async def test_a_system_of_before_systemd_is_not_known(tmp_path: Path) -> None:
    async with article_world(tmp_path, speed=200.0).serve() as world, client_of(world) as vcenter:
        vm = next(vm for vm in world.vms if vm.guest.distribution == "sles11" and vm.powered_on)
        vm.guest.linux.set("/proc/sys/kernel/unknown_nmi_panic", "1", NOW)
        found = await judged(vcenter, vm, None)
        assert (found["dump-form"].level, found["kdump-target"].level) == (Level.UNKNOWN, Level.UNKNOWN)
        assert (found["crashkernel"].level, found["nmi-panic"].level) == (Level.BLOCK, Level.WARN)


async def test_a_guest_that_does_not_answer_is_said_to(vcenter: PyVmomiVCenter, world: World) -> None:
    for vm, dump_file in ((world.vm(WINDOWS), DUMP), (linux_of(world), None)):
        vm.guest.logins_refused = True
        with pytest.raises(VmdumpError) as refused:
            await judged(vcenter, vm, dump_file)
        assert refused.value.code is Code.GUEST_LOGIN
