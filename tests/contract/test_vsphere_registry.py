"""The registry of guests: by its manager on 8.0, by ``reg.exe`` on 5.5."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Code
from bot.core.guest_readings import RegistryValue
from bot.lab.article import article_world
from bot.lab.guest import Guest
from bot.lab.registry import CRASH_CONTROL, MEMORY_MANAGEMENT
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import client_of, refusal, without

VM = "vm-101"
ONE = RegistryValue(type="REG_DWORD", data=1)


def guest_of(world: World) -> Guest:
    return world.vm(VM).guest


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=100.0).serve() as served:
        yield served


def left_in(world: World) -> list[str]:
    return [file.path for file in guest_of(world).folder(r"C:\Windows\Temp")]


async def test_both_ways_read_the_same(vcenter: PyVmomiVCenter, world: World) -> None:
    registry = guest_of(world).registry
    registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", r"%SystemRoot%\MEMORY.DMP")
    registry.set(CRASH_CONTROL, "DumpFilters", "REG_MULTI_SZ", ("dumpfve.sys", "other.sys"))
    registry.set(CRASH_CONTROL, "Large", "REG_DWORD", 0xFFFFFFFE)
    registry.set(CRASH_CONTROL, "Larger", "REG_QWORD", 2**63)
    registry.set(CRASH_CONTROL, "Raw", "REG_BINARY", "00FF10")
    registry.set(CRASH_CONTROL, "Text", "REG_SZ", "a text")
    values = await vcenter.registry_values(VM, CRASH_CONTROL)
    assert values == {
        **dict.fromkeys(("AutoReboot", "CrashDumpEnabled", "LogEvent", "Overwrite"), ONE),
        "DumpFile": RegistryValue(type="REG_EXPAND_SZ", data=r"%SystemRoot%\MEMORY.DMP"),
        "MinidumpDir": RegistryValue(type="REG_EXPAND_SZ", data=r"%SystemRoot%\Minidump"),
        "DumpFilters": RegistryValue(type="REG_MULTI_SZ", data="dumpfve.sys\nother.sys"),
        "Large": RegistryValue(type="REG_DWORD", data=0xFFFFFFFE),
        "Larger": RegistryValue(type="REG_QWORD", data=2**63),
        "Raw": RegistryValue(type="REG_BINARY", data="00FF10"),
        "Text": RegistryValue(type="REG_SZ", data="a text"),
    }
    memory = await vcenter.registry_values(VM, MEMORY_MANAGEMENT)
    assert set(memory or ()) == {"PagingFiles", "ExistingPageFiles"}
    assert left_in(world) == []


async def test_a_key_that_is_not_there(vcenter: PyVmomiVCenter, world: World) -> None:
    assert await vcenter.registry_values(VM, rf"{CRASH_CONTROL}\Nobody") is None
    assert left_in(world) == []


async def test_before_6_0_a_key_two_levels_down_is_not_said_to_be_missing(old: World) -> None:
    """Whether the account may not or there is none, only the guest's language says."""
    key = rf"{CRASH_CONTROL}\Nobody\Nothing"
    async with client_of(old) as client:
        error = await refusal(client.registry_values(VM, key))
    assert error.code is Code.GUEST_REGISTRY
    assert (error.params["vm"], error.params["path"]) == (old.vm(VM).name, key)
    assert left_in(old) == []


@pytest.mark.parametrize(
    "key", ["HKLM\\SYSTEM", 'HKEY_USERS\\a" & del *', "HKEY_USERS\\%TEMP%", "HKEY_USERS\\a\n"]
)
async def test_nothing_but_plain_keys_gets_into_a_command_line(
    vcenter: PyVmomiVCenter, world: World, key: str
) -> None:
    with pytest.raises(ValueError, match="not a plain registry key"):
        await vcenter.registry_values(VM, key)
    assert world.effects == []


async def test_errors_are_those_of_files(vcenter: PyVmomiVCenter, world: World) -> None:
    error = await refusal(vcenter.registry_values("vm-102", CRASH_CONTROL))
    assert error.code is Code.NO_GUEST_CREDENTIALS
    guest = guest_of(world)
    guest.logins_refused = True
    error = await refusal(vcenter.registry_values(VM, CRASH_CONTROL))
    assert (error.code, error.params["username"]) == (Code.GUEST_LOGIN, guest.username)
    guest.logins_refused = False
    guest.state = "crashed"
    error = await refusal(vcenter.registry_values(VM, CRASH_CONTROL))
    assert error.code is Code.GUEST_UNAVAILABLE


async def test_a_session_that_was_lost(vcenter: PyVmomiVCenter, world: World) -> None:
    before = await vcenter.registry_values(VM, CRASH_CONTROL)
    world.vcenter.expire_sessions()
    assert await vcenter.registry_values(VM, CRASH_CONTROL) == before


async def test_before_6_0_one_program_is_run_and_its_file_removed(
    old: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with client_of(old) as client:
            await client.registry_values(VM, CRASH_CONTROL)
    run, removal = old.effects
    assert (run.call, removal.call) == ("StartProgramInGuest", "DeleteFileInGuest")
    assert run.argument.startswith(r"C:\Windows\System32\cmd.exe /c C:\Windows\System32\reg.exe query ")
    assert removal.argument in run.argument
    for told in (run.argument, caplog.text):
        assert guest_of(old).password not in told


@pytest.mark.parametrize("name", ["Execute", "Modify"])
async def test_before_6_0_nothing_is_run_whose_file_could_not_be_removed(old: World, name: str) -> None:
    privilege = f"VirtualMachine.GuestOperations.{name}"
    without(old, privilege)
    async with client_of(old) as client:
        error = await refusal(client.registry_values(VM, CRASH_CONTROL))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, privilege)
    assert old.effects == []


async def test_before_6_0_a_program_that_does_not_end_is_not_waited_for(old: World) -> None:
    old.pace.program = 1e6
    async with client_of(old, call_seconds=4.0) as client:
        error = await refusal(client.registry_values(VM, CRASH_CONTROL))
    assert error.code is Code.GUEST_REGISTRY
    assert "does not end" in str(error.params["cause"])


@pytest.mark.parametrize("gate", ["StartProgramInGuest:after", "InitiateFileTransferFromGuest:after"])
async def test_before_6_0_a_line_that_breaks_leaves_no_file(old: World, gate: str) -> None:
    old.gates.close(gate)
    async with client_of(old) as client:
        reading = asyncio.create_task(client.registry_values(VM, CRASH_CONTROL))
        await old.gates.reached(gate)
        old.gates.open(gate, drop=True)
        # A question is repeated.
        assert (await reading or {})["AutoReboot"] == ONE
        processes = guest_of(old).processes
        await old.until(lambda: all(process.ended for process in processes))
    assert left_in(old) == []


async def test_before_6_0_a_file_that_stays_is_told(old: World, caplog: pytest.LogCaptureFixture) -> None:
    gate = "DeleteFileInGuest:before"
    old.gates.close(gate)
    async with client_of(old) as client:
        reading = asyncio.create_task(client.registry_values(VM, CRASH_CONTROL))
        await old.gates.reached(gate)
        old.gates.open(gate, drop=True)
        assert (await reading or {})["AutoReboot"] == ONE
    (file,) = left_in(old)
    assert f"{file} is left in the guest DumpTest" in caplog.text


async def test_a_linux_has_none(vcenter: PyVmomiVCenter, world: World) -> None:
    linux = next(vm for vm in world.vms[2:] if vm.guest.family == "linux" and vm.powered_on)
    error = await refusal(vcenter.registry_values(linux.moid, CRASH_CONTROL))
    by_program = world.vcenter.api_version == "5.5"
    assert error.code is (Code.GUEST_REGISTRY if by_program else Code.GUEST_UNAVAILABLE)
    assert (linux.guest.processes, left_in(world)) == ([], [])
