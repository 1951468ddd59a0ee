"""What is altered inside guests: made, read, put back, on a vCenter 5.5 and an 8.0."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.core.change import Standing
from bot.core.errors import Code, OutcomeUnknown
from bot.core.guest_change import GuestChange, GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.guest_readings import RegistryValue
from bot.lab.linux import CRASH_SIZE, KERNEL
from bot.lab.registry import CRASH_CONTROL
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.test_vsphere_guest_reading import linux_of
from tests.contract.vsphere_client import client_of, cut_at, refusal, without

EFFECTS = {"StartProgramInGuest", "SetRegistryValueInGuest", "DeleteRegistryValueInGuest"}
HOSTILE = '/etc/sysctl.d/it\'s "a" $(touch x) `y`;\n&|.conf'
TEXT = "# 'quoted' \"twice\" $(reboot) `reboot` \\ %s %n\nkernel.unknown_nmi_panic = 1\n"


def windows(world: World) -> Vm:
    return world.vm("vm-101")


def registry(
    name: str, former: RegistryValue | None, ours: RegistryValue
) -> Callable[[World], RegistryChange]:
    def made(world: World) -> RegistryChange:
        values = {"key": CRASH_CONTROL, "name": name, "former": former, "type": ours.type, "ours": ours.data}
        return RegistryChange(vcenter="vc1", vm_moid="vm-101", vm_name="DumpTest", **values)

    return made


def value(kind: str, data: int | str) -> RegistryValue:
    return RegistryValue(type=kind, data=data)


def linux(kind: type[GuestChange], **values: object) -> Callable[[World], GuestChange]:
    return lambda world: kind(vcenter="vc1", vm_moid=linux_of(world).moid, vm_name="web 01 [blue]", **values)


NUMBER = registry("CrashDumpEnabled", value("REG_DWORD", 1), value("REG_DWORD", 7))
PATH = registry(
    "DumpFile",
    value("REG_EXPAND_SZ", r"C:\MemoryDump\MEMORY.DMP"),
    value("REG_EXPAND_SZ", '%SystemRoot%\\a "b" & c|d\\'),
)
SYSCTL = linux(SysctlChange, name="kernel.unknown_nmi_panic", former="0", ours="1")
FILE = linux(GuestTextChange, path=HOSTILE, former=None, ours=TEXT)
OLD_FILE = linux(GuestTextChange, path="/etc/sysctl.conf", former="# see sysctl.d(5)\n", ours=TEXT)
UNIT = linux(GuestUnitChange, unit="kdump.service", former_active=False, former_enabled=False)
CHANGES = {
    "number": NUMBER,
    "path": PATH,
    "new": registry("AlwaysKeepMemoryDump", None, value("REG_DWORD", 0xFFFFFFFF)),
    "strings": registry(
        "DumpFilters", value("REG_MULTI_SZ", "dumpfve.sys"), value("REG_MULTI_SZ", "a b.sys\nc.sys")
    ),
    "binary": registry("Raw", None, value("REG_BINARY", "00FF10")),
    "large": registry("Large", None, value("REG_QWORD", 2**63 + 1)),
    "sysctl": SYSCTL,
    "file": FILE,
    "old file": OLD_FILE,
    "unit": UNIT,
}
SOME = {name: CHANGES[name] for name in ("number", "new", "sysctl", "file", "unit")}


def prepared(world: World, change: GuestChange) -> GuestChange:
    """The guest as the change found it."""
    if isinstance(change, GuestUnitChange):
        guest = linux_of(world).guest
        guest.linux.units[change.unit].enabled = change.former_enabled
        guest.linux.boot(guest.booted_at)
    return change


def sent(world: World) -> list[str]:
    """Calls that altered something, without those that only read by a program."""
    return [each.call for each in world.effects if each.call in EFFECTS and "vmdump-" not in each.argument]


def somebody_else(world: World, change: GuestChange) -> None:
    """Makes it a third thing."""
    linux_guest, at = linux_of(world).guest, linux_of(world).guest.booted_at
    match change:
        case RegistryChange():
            windows(world).guest.registry.set(change.key, change.name, "REG_SZ", "theirs")
        case SysctlChange():
            linux_guest.linux.set(f"{KERNEL}/unknown_nmi_panic", "2", at)
        case GuestTextChange():
            linux_guest.files.write(change.path, "theirs", at)
        case GuestUnitChange():
            linux_guest.linux.units[change.unit].enabled ^= True


@pytest.mark.parametrize("made", CHANGES.values(), ids=CHANGES)
async def test_a_change_is_made_and_put_back(
    vcenter: PyVmomiVCenter, world: World, made: Callable[[World], GuestChange]
) -> None:
    change = prepared(world, made(world))
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    assert len(sent(world)) == 1
    somebody_else(world, change)
    assert (await vcenter.stand(change)).standing is Standing.OTHER
    somebody_else(world, change)
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert len(sent(world)) == 2
    assert linux_of(world).guest.folder("/tmp") == []
    assert windows(world).guest.folder(r"C:\Windows\Temp") == []


async def test_how_it_stands_in_words(vcenter: PyVmomiVCenter, world: World) -> None:
    seen = {name: (await vcenter.stand(made(world))).seen for name, made in SOME.items()}
    assert seen == {
        "number": "1",
        "new": "not set",
        "sysctl": "0",
        "file": "not there",
        "unit": "active, enabled",
    }


@pytest.mark.parametrize("made", SOME.values(), ids=SOME)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_is_in_doubt_and_nothing_is_sent_again(
    vcenter: PyVmomiVCenter, world: World, made: Callable[[World], GuestChange], when: str
) -> None:
    change = prepared(world, made(world))
    program = isinstance(change, RegistryChange) is False or world.vcenter.api_version == "5.5"
    call = "StartProgramInGuest" if program else "SetRegistryValueInGuest"
    outcome = await cut_at(world, f"{call}:{when}", vcenter.make(change))
    assert isinstance(outcome, OutcomeUnknown)
    assert sent(world) == [call]
    if when == "after":
        guests = (windows(world).guest, linux_of(world).guest)
        await world.until(lambda: all(each.ended for guest in guests for each in guest.processes))
    stand = await vcenter.stand(change)
    assert stand.standing is (Standing.OURS if when == "after" else Standing.BEFORE)
    assert sent(world) == [call]


async def test_a_program_that_does_not_end_leaves_it_in_doubt(world: World) -> None:
    world.pace.program = 1e6
    async with client_of(world, call_seconds=4.0) as client:
        (outcome,) = await asyncio.gather(client.make(SYSCTL(world)), return_exceptions=True)
    assert isinstance(outcome, OutcomeUnknown)
    assert len(sent(world)) == 1


async def test_a_write_that_is_undone_is_told(vcenter: PyVmomiVCenter, world: World) -> None:
    """As by the protection of an endpoint agent."""
    windows(world).guest.registry.protected = True
    error = await refusal(vcenter.make(NUMBER(world)))
    assert error.code is Code.GUEST_CHANGE
    assert error.params == {
        "vm": "DumpTest",
        "thing": "CrashDumpEnabled",
        "cause": "it still reads 1",
    }


async def test_before_6_0_what_could_not_be_put_back_is_left_alone(
    vcenter: PyVmomiVCenter, world: World
) -> None:
    """What is not ASCII is printed in a code page that depends on the guest's language."""
    guest = windows(world).guest
    guest.registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", r"D:\ダンプ.dmp")
    read = (await vcenter.registry_values("vm-101", CRASH_CONTROL) or {})["DumpFile"]
    change = registry("DumpFile", read, value("REG_EXPAND_SZ", r"C:\x.dmp"))(world)
    if world.vcenter.api_version == "5.5":
        assert (await refusal(vcenter.make(change))).code is Code.GUEST_CHANGE
        assert sent(world) == []
    else:
        await vcenter.make(change)
        await vcenter.put_back(change)
    left = guest.registry.value(CRASH_CONTROL, "DumpFile")
    assert left is not None
    assert left.data == r"D:\ダンプ.dmp"


async def test_a_crash_kernel_without_memory_does_not_start_and_is_not_enabled(
    vcenter: PyVmomiVCenter, world: World
) -> None:
    guest = linux_of(world).guest
    guest.files.write(CRASH_SIZE, "0\n", guest.booted_at)
    change = prepared(world, UNIT(world))
    error = await refusal(vcenter.make(change))
    assert (error.code, error.params["cause"]) == (Code.GUEST_CHANGE, "/bin/sh ended with 1")
    assert (await vcenter.stand(change)).standing is Standing.BEFORE


async def test_a_unit_on_its_way_stands_nowhere_yet(world: World) -> None:
    change = prepared(world, UNIT(world))
    unit = linux_of(world).guest.linux.units["kdump.service"]
    unit.starting = True
    async with client_of(world, call_seconds=8.0) as client:
        error = await refusal(client.stand(change))
        assert (error.code, error.params["cause"]) == (Code.GUEST_CHANGE, "it is still activating")
    async with client_of(world) as client:
        asked = asyncio.create_task(client.stand(change))
        runs = len(linux_of(world).guest.processes)
        await world.until(lambda: len(linux_of(world).guest.processes) > runs)
        unit.starting, unit.active, unit.enabled = False, True, True
        assert (await asked).standing is Standing.OURS


async def test_what_is_not_there(vcenter: PyVmomiVCenter, world: World) -> None:
    unit = linux(GuestUnitChange, unit="nobody.service", former_active=False, former_enabled=False)
    error = await refusal(vcenter.stand(unit(world)))
    assert (error.code, error.params["thing"]) == (Code.THING_MISSING, "nobody.service")
    sysctl = linux(SysctlChange, name="kernel.nobody", former="0", ours="1")
    error = await refusal(vcenter.stand(sysctl(world)))
    assert (error.code, error.params["path"]) == (Code.GUEST_PROGRAM, "cat")


@pytest.mark.parametrize(
    "made",
    [
        linux(GuestTextChange, path="-rf", former=None, ours="x"),
        linux(GuestTextChange, path="/etc/x", former=None, ours="a\r\nb"),
        linux(SysctlChange, name="kernel/../x", former="0", ours="1"),
        linux(GuestUnitChange, unit="--now", former_active=False, former_enabled=False),
        registry("Dump File\n", None, value("REG_DWORD", 1)),
        registry("DumpFile", None, value("REG_SZ", "a\0b")),
        registry("DumpFile", None, value("REG_DWORD", "one")),
    ],
)
async def test_nothing_is_sent_that_could_be_another_thing(
    vcenter: PyVmomiVCenter, world: World, made: Callable[[World], GuestChange]
) -> None:
    error = await refusal(vcenter.make(made(world)))
    assert error.code is Code.GUEST_CHANGE
    assert world.effects == []


@pytest.mark.parametrize("made", [NUMBER, SYSCTL], ids=["number", "sysctl"])
async def test_refusals_prove_that_nothing_was_done(
    vcenter: PyVmomiVCenter, world: World, made: Callable[[World], GuestChange]
) -> None:
    change = made(world)
    guest = world.vm(change.vm_moid).guest
    guest.logins_refused = True
    assert (await refusal(vcenter.make(change))).code is Code.GUEST_LOGIN
    guest.logins_refused = False
    without(world, f"VirtualMachine.GuestOperations.{'Execute' if made is SYSCTL else 'Modify'}")
    if made is SYSCTL or world.vcenter.api_version != "5.5":
        assert (await refusal(vcenter.make(change))).code is Code.VCENTER_PERMISSION


async def test_a_session_that_was_lost_is_no_doubt(vcenter: PyVmomiVCenter, world: World) -> None:
    await vcenter.probe()
    world.vcenter.expire_sessions()
    await vcenter.make(SYSCTL(world))
    assert len(sent(world)) == 1


async def test_a_restart_brings_settings_into_force(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = windows(world)
    off = registry("CrashDumpEnabled", value("REG_DWORD", 1), value("REG_DWORD", 0))
    await vcenter.make(off(world))
    in_force = vm.guest.writes_dump
    await vcenter.reboot_guest(vm.moid)
    assert [event.vm for event in world.events.of_kind("VmGuestRebootEvent")] == [vm]
    before = vm.guest.booted_at
    await world.until(lambda: vm.guest.state == "running" and vm.guest.booted_at > before)
    assert (in_force, vm.guest.writes_dump) == (True, False)
    assert vm.guest.crashes == 0


async def test_a_restart_that_is_refused_or_lost(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = windows(world)
    vm.guest.hung = "refusing"
    assert (await refusal(vcenter.reboot_guest(vm.moid))).code is Code.GUEST_UNAVAILABLE
    vm.guest.hung = None
    without(world, "VirtualMachine.Interact.Reset")
    assert (await refusal(vcenter.reboot_guest(vm.moid))).code is Code.VCENTER_PERMISSION
    without(world, "Global.LogEvent")
    outcome = await cut_at(world, "RebootGuest:after", vcenter.reboot_guest(vm.moid))
    assert isinstance(outcome, OutcomeUnknown)
    assert len(world.events.of_kind("VmGuestRebootEvent")) == 1
