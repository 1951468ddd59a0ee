"""The registry of the lab's guests, read both ways by pyVmomi's client, and every way to be refused."""

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.registry import CRASH_CONTROL
from bot.lab.world import World
from tests.unit.lab.vim_client import PC, logged_in, machine

CMD = r"C:\Windows\System32\cmd.exe"
FILE = r"C:\Windows\Temp\vmdump-1.txt"
QUERY = rf'/c C:\Windows\System32\reg.exe query "{CRASH_CONTROL}" > "{FILE}" 2>&1'


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=100)
    site.vcenter.api_version, site.vcenter.version = "6.0", "6.0.0"
    async with site.serve() as world:
        yield world


def with_guest(
    world: World, ask: Callable[[Any, Any, Any], Any], *, name: str = "DumpTest", password: str | None = None
) -> Any:
    """`ask(managers, vm, auth)`."""
    vm = world.vm(name)
    auth = vim.vm.guest.NamePasswordAuthentication(
        username=vm.guest.username, password=password or vm.guest.password, interactiveSession=False
    )
    with logged_in(world.vcenter) as instance:
        managers = instance.RetrieveContent().guestOperationsManager
        return ask(managers, machine(vm.moid, instance), auth)


def start(program: str = CMD, arguments: str = QUERY) -> Callable[[Any, Any, Any], Any]:
    spec = vim.vm.guest.ProcessManager.ProgramSpec(programPath=program, arguments=arguments)
    return lambda managers, vm, auth: managers.processManager.StartProgramInGuest(vm, auth, spec)


def processes(*pids: int) -> Callable[[Any, Any, Any], Any]:
    def ask(managers: Any, vm: Any, auth: Any) -> list[Any]:
        return list(managers.processManager.ListProcessesInGuest(vm, auth, list(pids)))

    return ask


def values(path: str = CRASH_CONTROL, pattern: str | None = None) -> Callable[[Any, Any, Any], Any]:
    name = vim.vm.guest.WindowsRegistryManager.RegistryKeyName(registryPath=path, wowBitness="WOWNative")

    def ask(managers: Any, vm: Any, auth: Any) -> Any:
        found = managers.guestWindowsRegistryManager.ListRegistryValuesInGuest(vm, auth, name, True, pattern)
        return {each.name.name: each.data.value for each in found}

    return ask


def delete(path: str) -> Callable[[Any, Any, Any], Any]:
    return lambda managers, vm, auth: managers.fileManager.DeleteFileInGuest(vm, auth, path)


def fetch(world: World) -> Callable[[Any, Any, Any], Any]:
    def ask(managers: Any, vm: Any, auth: Any) -> str:
        url = urlsplit(managers.fileManager.InitiateFileTransferFromGuest(vm, auth, FILE).url)
        context = ssl.create_default_context(cadata=world.hosts[0].certificate)
        connection = http.client.HTTPSConnection(url.hostname or "", url.port, context=context, timeout=10)
        try:
            connection.request("GET", f"{url.path}?{url.query}")
            with connection.getresponse() as response:
                return response.read().decode("cp437")
        finally:
            connection.close()

    return ask


async def test_a_program_writes_what_it_finds_into_a_file(world: World) -> None:
    guest = world.vm("DumpTest").guest
    pid = await asyncio.to_thread(with_guest, world, start())
    await world.until(lambda: guest.processes[0].ended is not None)
    (process,) = await asyncio.to_thread(with_guest, world, processes(pid))
    assert (process.pid, process.name, process.exitCode) == (pid, "cmd.exe", 0)
    assert process.endTime >= process.startTime
    assert process.owner == guest.username
    text = await asyncio.to_thread(with_guest, world, fetch(world))
    assert "    CrashDumpEnabled    REG_DWORD    0x1\r\n" in text
    await asyncio.to_thread(with_guest, world, delete(FILE))
    with pytest.raises(vim.fault.FileNotFound):
        await asyncio.to_thread(with_guest, world, delete(FILE))
    assert [(each.call, each.on, each.argument, each.applied) for each in world.effects] == [
        ("StartProgramInGuest", "vm-101", f"{CMD} {QUERY}", True),
        ("DeleteFileInGuest", "vm-101", FILE, True),
        ("DeleteFileInGuest", "vm-101", FILE, False),
    ]


async def test_a_program_that_runs_has_no_exit_code_yet(world: World) -> None:
    world.pace.program = 1e6
    pid = await asyncio.to_thread(with_guest, world, start())
    (process,) = await asyncio.to_thread(with_guest, world, processes())
    assert (process.pid, process.endTime, process.exitCode) == (pid, None, None)
    assert await asyncio.to_thread(with_guest, world, processes(pid + 1)) == []
    assert world.vm("DumpTest").guest.file(FILE) is None


async def test_a_program_that_fails_says_so_by_its_exit_code(world: World) -> None:
    guest = world.vm("DumpTest").guest
    arguments = QUERY.replace("CrashControl", "Nobody")
    await asyncio.to_thread(with_guest, world, start(arguments=arguments))
    await world.until(lambda: guest.processes[0].exit_code == 1)
    assert "unable to find" in await asyncio.to_thread(with_guest, world, fetch(world))


async def test_a_crash_ends_programs(world: World) -> None:
    world.pace.program = 1e6
    await asyncio.to_thread(with_guest, world, start())
    world.pace.speed = 2000
    world.deliver_nmi(world.hosts[0], 3199732)
    guest = world.vm("DumpTest").guest
    await world.until(lambda: guest.state == "running" and guest.crashes == 1)
    assert await asyncio.to_thread(with_guest, world, processes()) == []


async def test_the_registry_is_read_by_its_manager(world: World) -> None:
    registry = world.vm("DumpTest").guest.registry
    registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", r"%SystemRoot%\MEMORY.DMP")
    registry.remove(CRASH_CONTROL, "LogEvent")
    assert await asyncio.to_thread(with_guest, world, values()) == {
        "AutoReboot": 1,
        "CrashDumpEnabled": 1,
        "Overwrite": 1,
        "DumpFile": r"C:\Windows\MEMORY.DMP",
        "MinidumpDir": r"C:\Windows\Minidump",
        "DumpFilters": ["dumpfve.sys"],
    }
    assert set(await asyncio.to_thread(with_guest, world, values(pattern="^Dump"))) == {
        "DumpFile",
        "DumpFilters",
    }
    with pytest.raises(vim.fault.GuestRegistryKeyInvalid) as caught:
        await asyncio.to_thread(with_guest, world, values(rf"{CRASH_CONTROL}\Nobody"))
    assert caught.value.windowsSystemErrorCode == 2
    with pytest.raises(vim.fault.OperationNotSupportedByGuest):
        await asyncio.to_thread(with_guest, world, values(), name="web 01 [blue]")


@pytest.mark.parametrize("ask", [start(), processes(), values(), delete(FILE)])
async def test_refusals_are_those_of_files(world: World, ask: Callable[[Any, Any, Any], Any]) -> None:
    with pytest.raises(vim.fault.InvalidGuestLogin):
        await asyncio.to_thread(with_guest, world, ask, password="wrong")
    with pytest.raises(vim.fault.InvalidPowerState):
        await asyncio.to_thread(with_guest, world, ask, name="archive")
    world.pace.speed = 0.001
    world.deliver_nmi(world.hosts[0], 3199732)
    with pytest.raises(vim.fault.GuestOperationsUnavailable):
        await asyncio.to_thread(with_guest, world, ask)


@pytest.mark.parametrize(
    ("ask", "privilege"), [(start(), "Execute"), (processes(), "Query"), (delete(FILE), "Modify")]
)
async def test_each_needs_its_privilege(
    world: World, ask: Callable[[Any, Any, Any], Any], privilege: str
) -> None:
    world.vcenter.privileges = frozenset()
    with pytest.raises(vim.fault.NoPermission) as caught:
        await asyncio.to_thread(with_guest, world, ask)
    assert caught.value.privilegeId == f"VirtualMachine.GuestOperations.{privilege}"


async def test_a_program_that_is_not_there_is_not_found(world: World) -> None:
    for name, program in (("DumpTest", r"C:\Tools\x.exe"), ("web 01 [blue]", CMD)):
        with pytest.raises(vim.fault.FileNotFound):
            await asyncio.to_thread(with_guest, world, start(program), name=name)


async def test_a_5_5_has_no_manager_of_the_registry(tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world:

        def read() -> None:
            with logged_in(world.vcenter) as instance:
                content = instance.RetrieveContent()
                managers = content.guestOperationsManager
                spec = PC.FilterSpec(
                    objectSet=[PC.ObjectSpec(obj=managers)],
                    propSet=[PC.PropertySpec(type=type(managers), pathSet=["guestWindowsRegistryManager"])],
                )
                content.propertyCollector.RetrievePropertiesEx([spec], PC.RetrieveOptions())

        assert await asyncio.to_thread(with_guest, world, processes()) == []
        with pytest.raises(vmodl.query.InvalidProperty):
            await asyncio.to_thread(read)
