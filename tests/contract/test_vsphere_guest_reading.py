"""Listings, pieces of files, and the shell of guests, on a vCenter 5.5 and an 8.0."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.core.errors import Code
from bot.core.guest_readings import GuestEntry
from bot.lab.guest_file import GuestFile
from bot.lab.linux import CRASH_LOADED, KERNEL
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import client_of, cut_at, endpoint_of, refusal, without

WINDOWS = "vm-101"
HOSTILE = "/var/crash/a 'b' \"c\" $(touch d) `e`;\n&|x"


def linux_of(world: World) -> Vm:
    return next(vm for vm in world.vms[2:] if vm.guest.family == "linux" and vm.powered_on)


def left_in(vm: Vm) -> list[str]:
    return [file.path for file in vm.guest.folder("/tmp")]


async def test_files_and_folders_of_a_windows(vcenter: PyVmomiVCenter, world: World) -> None:
    guest = world.vm(WINDOWS).guest
    at = guest.booted_at - timedelta(days=1)
    guest.keep(GuestFile(r"C:\Dumps\Old\MEMORY.DMP", at, b"x"))
    guest.keep(GuestFile(r"C:\Dumps\new one.dmp", at, b"123"))
    assert await vcenter.guest_files(WINDOWS, r"C:\Dumps") == (
        GuestEntry(path=r"C:\Dumps\Old", folder=True, size=0, modified_at=at),
        GuestEntry(path=r"C:\Dumps\new one.dmp", folder=False, size=3, modified_at=at),
    )
    (found,) = await vcenter.guest_files(WINDOWS, "C:\\", r"(?i)^PageFile\.sys$")
    assert (found.path, found.size) == (r"C:\pagefile.sys", guest.page_file_mb * 2**20)
    assert await vcenter.guest_files(WINDOWS, r"C:\Nobody") == ()


async def test_a_long_listing_comes_whole(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    for number in range(450):
        vm.guest.files.write(f"/var/crash/{number}/vmcore", "x", vm.guest.booted_at)
    found = await vcenter.guest_files(vm.moid, "/var/crash")
    assert {entry.path for entry in found} == {f"/var/crash/{number}" for number in range(450)}
    assert [call.name for call in world.calls].count("ListFilesInGuest") == 3


async def test_the_shell_tells_what_the_kernel_says(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    paths = (f"{KERNEL}/panic", "/etc/nobody", CRASH_LOADED, "/etc/os-release")
    code, output = await vcenter.guest_shell(vm.moid, f"head -v -c 4096 {' '.join(paths)} 2>/dev/null")
    identity = vm.guest.files.text("/etc/os-release")
    panic, loaded = f"==> {KERNEL}/panic <==\n0\n", f"\n==> {CRASH_LOADED} <==\n1\n"
    assert code == 1
    assert output.decode() == f"{panic}{loaded}\n==> /etc/os-release <==\n{identity}"
    assert await vcenter.guest_shell(vm.moid, "systemctl is-active kdump.service") == (0, b"active\n")
    assert (await vcenter.guest_shell(vm.moid, "format"))[0] == 127
    assert left_in(vm) == []


async def test_the_output_is_cut(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    vm.guest.keep(GuestFile("/var/log/messages", vm.guest.booted_at, b"m" * (300 << 10)))
    assert await vcenter.guest_shell(vm.moid, "cat /var/log/messages") == (0, b"m" * (256 << 10))


async def test_pieces_of_a_file(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    content = bytes(number // 256 % 256 for number in range(100_000))
    vm.guest.keep(GuestFile(HOSTILE, vm.guest.booted_at, content))
    assert await vcenter.guest_piece(vm.moid, HOSTILE, 1000, 2000) == content[1000:3000]
    assert vm.guest.processes == []
    assert await vcenter.guest_piece(vm.moid, HOSTILE, 65_000, 2000) == content[65_000:67_000]
    assert await vcenter.guest_piece(vm.moid, HOSTILE, 99_000, 2000) == content[99_000:]
    assert await vcenter.guest_piece(vm.moid, HOSTILE, 200_000, 2000) == b""
    error = await refusal(vcenter.guest_piece(vm.moid, "/var/crash/nobody", 100_000, 10))
    assert (error.code, error.params["path"]) == (Code.GUEST_FILE, "/var/crash/nobody")
    assert left_in(vm) == []


async def test_on_windows_only_the_start_is_read(vcenter: PyVmomiVCenter, world: World) -> None:
    guest = world.vm(WINDOWS).guest
    guest.keep(GuestFile(r"C:\x.dmp", guest.booted_at, b"x" * 100_000))
    assert await vcenter.guest_piece(WINDOWS, r"C:\x.dmp", 65_530, 6) == b"xxxxxx"
    error = await refusal(vcenter.guest_piece(WINDOWS, r"C:\x.dmp", 65_530, 7))
    assert error.code is Code.GUEST_FILE
    assert guest.processes == []


async def test_a_windows_has_no_shell(vcenter: PyVmomiVCenter) -> None:
    error = await refusal(vcenter.guest_shell(WINDOWS, "cat /etc/fstab"))
    assert (error.code, error.params["path"]) == (Code.GUEST_PROGRAM, "/bin/sh")


@pytest.mark.parametrize("script", ["cat /a\r", "cat /a\0", "cat /\x1b"])
async def test_nothing_is_sent_that_would_arrive_as_another(
    vcenter: PyVmomiVCenter, world: World, script: str
) -> None:
    with pytest.raises(ValueError, match="not to be sent"):
        await vcenter.guest_shell(linux_of(world).moid, script)
    assert world.effects == []


async def test_errors_are_those_of_files(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = linux_of(world)
    error = await refusal(vcenter.guest_files("vm-102", "/var/crash"))
    assert error.code is Code.NO_GUEST_CREDENTIALS
    vm.guest.logins_refused = True
    error = await refusal(vcenter.guest_shell(vm.moid, "cat /a"))
    assert (error.code, error.params["username"]) == (Code.GUEST_LOGIN, vm.guest.username)
    vm.guest.logins_refused, vm.guest.hung = False, "refusing"
    for asked in (vcenter.guest_files(vm.moid, "/"), vcenter.guest_shell(vm.moid, "cat /a")):
        assert (await refusal(asked)).code is Code.GUEST_UNAVAILABLE


async def test_a_guest_that_never_answers_is_given_up(world: World) -> None:
    vm = linux_of(world)
    vm.guest.hung = "silent"
    async with client_of(world, call_seconds=3.0, socket_seconds=3.0) as client:
        assert (await client.signs(vm.moid)).heartbeat == "red"
        assert (await refusal(client.guest_shell(vm.moid, "cat /a"))).code is Code.VCENTER_TIMEOUT


async def test_guests_that_hang_hold_up_nobody_else(vcenter: PyVmomiVCenter, world: World) -> None:
    """A capture of another VM goes on, and its NMI waits for nobody."""
    vm, asked = linux_of(world), 2 * endpoint_of(world).threads
    vm.guest.hung = "silent"
    async with asyncio.TaskGroup() as waiting:
        for _ in range(asked):
            waiting.create_task(vcenter.guest_files(vm.moid, "/var/crash"))
        await world.until(lambda: sum(call.name == "ListFilesInGuest" for call in world.calls) >= asked // 2)
        async with asyncio.timeout(10):
            assert (await vcenter.machine(WINDOWS)).target.moid == WINDOWS
        vm.guest.hung = None


async def test_a_program_that_does_not_end_is_not_waited_for(world: World) -> None:
    world.pace.program = 1e6
    vm = linux_of(world)
    async with client_of(world, call_seconds=4.0) as client:
        error = await refusal(client.guest_shell(vm.moid, "cat /a"))
    assert error.code is Code.GUEST_PROGRAM
    assert "does not end" in str(error.params["cause"])


async def test_nothing_is_run_whose_file_could_not_be_removed(vcenter: PyVmomiVCenter, world: World) -> None:
    privilege = "VirtualMachine.GuestOperations.Modify"
    without(world, privilege)
    error = await refusal(vcenter.guest_shell(linux_of(world).moid, "cat /a"))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, privilege)
    assert world.effects == []


async def test_a_line_that_breaks_leaves_no_file(
    vcenter: PyVmomiVCenter, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    vm = linux_of(world)
    with caplog.at_level(logging.DEBUG):
        asked = vcenter.guest_shell(vm.moid, "cat /etc/sysctl.conf")
        outcome = await asyncio.wait_for(cut_at(world, "StartProgramInGuest:after", asked), 60)
    await world.until(lambda: all(process.ended for process in vm.guest.processes))
    assert outcome == (0, b"# see sysctl.d(5)\n")
    assert left_in(vm) == []
    assert vm.guest.password not in caplog.text
