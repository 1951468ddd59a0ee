"""The lab alone: a kernel that panics by the lab's NMI, and its vmcore through the lab's guest operations."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pyVmomi import vim

from bot.core.change import Standing
from bot.core.finding import Level
from bot.core.guest_change import GuestTextChange, SysctlChange
from bot.dumps import inspect
from bot.guest.readiness import GuestSettings
from bot.lab.modern import add_debian, modern_world
from bot.lab.qemu.guest import real_guest
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import client_of
from tests.unit.lab.vim_client import logged_in, machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

BACK = 240.0
"""seconds from the NMI until the guest answers again, at most; a machine with nothing else to do takes 20"""
CLOCKS_MAY_DIFFER = timedelta(seconds=5)


class Operations:
    """The vCenter's guest operations in one machine, by pyVmomi."""

    def __init__(self, world: World, vm: Vm) -> None:
        self._world = world
        self._vm = vm

    async def ask(self, manager: str, method: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(self._ask, manager, method, *arguments)

    def _ask(self, manager: str, method: str, *arguments: Any) -> Any:
        guest = self._vm.guest
        with logged_in(self._world.vcenter) as instance:
            operations = instance.RetrieveContent().guestOperationsManager
            auth = vim.vm.guest.NamePasswordAuthentication(
                username=guest.username, password=guest.password, interactiveSession=False
            )
            call = getattr(getattr(operations, manager), method)
            return call(machine(self._vm.moid, instance), auth, *arguments)

    async def names(self, folder: str) -> list[str]:
        listed = (await self.ask("fileManager", "ListFilesInGuest", folder)).files
        return [each.path for each in listed if each.path not in {".", ".."}]

    async def fetch(self, path: str) -> bytes:
        offer = await self.ask("fileManager", "InitiateFileTransferFromGuest", path)
        data = await asyncio.to_thread(self._get, offer.url)
        assert len(data) == offer.size
        return data

    def _get(self, url: str) -> bytes:
        parts = urlsplit(url)
        context = ssl.create_default_context(cadata=self._vm.host.certificate)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, context=context, timeout=60
        )
        try:
            connection.request("GET", f"{parts.path}?{parts.query}")
            with connection.getresponse() as response:
                assert response.status == 200
                return response.read()
        finally:
            connection.close()

    async def run(self, program: str, arguments: str) -> int:
        """Its exit code."""
        spec = vim.vm.guest.ProcessManager.ProgramSpec(programPath=program, arguments=arguments)
        pid = await self.ask("processManager", "StartProgramInGuest", spec)
        async with asyncio.timeout(30):
            while True:
                (process,) = await self.ask("processManager", "ListProcessesInGuest", [pid])
                if process.endTime is not None:
                    return int(process.exitCode)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path / "lab").serve() as world:
        vm = add_debian(world, "debian-01", "vm-901")
        async with real_guest(world, vm, tmp_path / "guest"):
            yield world


async def unwell(vcenter: PyVmomiVCenter, vm: Vm) -> dict[str, Level]:
    """What the bot finds amiss in the guest's own files."""
    settings = GuestSettings(lambda: datetime.now(UTC))
    seen = await vcenter.machine(vm.moid)
    readings = await settings.read(vcenter, seen, "/var/crash")
    volumes = (await vcenter.surroundings(vm.moid)).volumes
    found = settings.assess(readings, seen, volumes, "/var/crash")
    return {finding.code: finding.level for finding in found if finding.level is not Level.OK}


async def altered_and_put_back(world: World, vm: Vm) -> None:
    """What the bot alters in a Linux, and what it then finds there."""
    of = {"vcenter": "vc1", "vm_moid": vm.moid, "vm_name": vm.name}
    text = GuestTextChange(path="/etc/sysctl.d/it's $(x).conf", former=None, ours="# '%s' $(y)\n", **of)
    sysctl = SysctlChange(name="kernel.unknown_nmi_panic", former="1", ours="0", **of)
    async with client_of(world) as vcenter:
        # One of the three sysctls is enough for an NMI of QEMU's.
        assert await unwell(vcenter, vm) == {"nmi-panic": Level.WARN}
        for change in (text, sysctl):
            assert (await vcenter.stand(change)).standing is Standing.BEFORE
            await vcenter.make(change)
            assert (await vcenter.stand(change)).standing is Standing.OURS
        assert await unwell(vcenter, vm) == {"nmi-panic": Level.BLOCK}
        for change in (text, sysctl):
            await vcenter.put_back(change)
            assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert await Operations(world, vm).names("/tmp") == []


async def test_a_kernel_panics_by_an_nmi_and_leaves_a_vmcore(world: World) -> None:
    vm = world.vm("debian-01")
    guest = vm.guest
    operations = Operations(world, vm)
    assert await operations.names("/var/crash") == []
    assert await operations.run("/bin/sh", "-c 'uname -r > /root-uname; sync; exit 3'") == 3
    release = (await operations.fetch("/root-uname")).decode().strip()
    await altered_and_put_back(world, vm)

    nmi_at = datetime.now(UTC)
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    async with asyncio.timeout(BACK):
        await world.until(lambda: guest.state == "crashed")
        with pytest.raises(vim.fault.GuestOperationsUnavailable):
            await operations.names("/var/crash")
        await world.until(lambda: guest.state == "running")

    assert guest.crashes == 1
    kinds = [event.kind for event in world.events.logged if event.vm is vm]
    assert kinds == ["VmRegisteredEvent", "VmGuestOSCrashedEvent", "VmGuestRebootEvent"]
    (folder,) = await operations.names("/var/crash")
    assert await operations.names(f"/var/crash/{folder}") == ["vmcore", "vmcore-dmesg.txt"]
    said = await operations.fetch(f"/var/crash/{folder}/vmcore-dmesg.txt")
    assert b"Uhhuh. NMI received for unknown reason" in said
    assert b"Kernel panic - not syncing: NMI: Not continuing" in said

    vmcore = await operations.fetch(f"/var/crash/{folder}/vmcore")
    found = inspect(lambda offset, length: vmcore[offset : offset + length], len(vmcore))
    assert (found.format, found.complete) == ("kdump", True), found.findings
    assert found.os_release == release
    assert found.cpus == vm.cpus
    assert found.crash_time is not None
    assert nmi_at - CLOCKS_MAY_DIFFER <= found.crash_time <= datetime.now(UTC)

    await operations.ask("fileManager", "DeleteFileInGuest", f"/var/crash/{folder}/vmcore")
    assert await operations.names(f"/var/crash/{folder}") == ["vmcore-dmesg.txt"]
    with pytest.raises(vim.fault.FileNotFound):
        await operations.fetch(f"/var/crash/{folder}/vmcore")
    assert (await operations.fetch("/root-uname")).decode().strip() == release
