"""The vCenter 8.0 of the lab judged by pyVmomi's own client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.lab.modern import modern_world
from bot.lab.world import World
from tests.unit.lab.vim_client import host, list_by_view, logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=2000).serve() as world:
        yield world


async def test_pyvmomi_speaks_its_version(world: World) -> None:
    def read() -> Any:
        with logged_in(world.vcenter) as instance:
            return instance.RetrieveContent().about, instance._stub.version

    about, version = await asyncio.to_thread(read)
    assert (about.version, about.apiVersion, version) == ("8.0.3", "8.0.3.0", "vim.version.v8_0_3_0")


async def test_every_machine_is_as_it_is(world: World) -> None:
    paths = ["name", "runtime.powerState", "config.template", "runtime.faultToleranceState", "config.version"]

    def read() -> list[dict[str, Any]]:
        with logged_in(world.vcenter) as instance:
            return list_by_view(instance.RetrieveContent(), vim.VirtualMachine, paths)

    assert {each["moid"]: each for each in await asyncio.to_thread(read)} == {
        vm.moid: {
            "moid": vm.moid,
            "name": vm.name,
            "runtime.powerState": vm.power_state,
            "config.template": vm.template,
            "runtime.faultToleranceState": vm.fault_tolerance,
            "config.version": "vmx-21",
        }
        for vm in world.vms
    }


async def test_machines_stand_in_their_clusters(world: World) -> None:
    def read() -> dict[str, Any]:
        with logged_in(world.vcenter) as instance:
            content = instance.RetrieveContent()
            clusters = list_by_view(content, vim.ClusterComputeResource, ["name", "host"])
            payments, test = (machine(world.vm(name).moid, instance) for name in ("PayDB", "stubborn-01"))
            template, vault = (
                machine(world.vm(name).moid, instance) for name in ("rhel9-golden", "vault-01")
            )
            return {
                "hosts": {each["name"]: [host.name for host in each["host"]] for each in clusters},
                "of PayDB": payments.resourcePool.owner.name,
                "of stubborn-01": test.runtime.host.parent.name,
                "pool of a template": template.resourcePool,
                "key": vault.config.keyId.keyId,
                "crypto": (vault.runtime.cryptoState, payments.runtime.cryptoState),
                "lockdown": payments.runtime.host.config.lockdownMode,
            }

    assert await asyncio.to_thread(read) == {
        "hosts": {
            "Prod-B": ["esx-11.example.com", "esx-12.example.com"],
            "Test-B": ["esx-21.example.com"],
        },
        "of PayDB": "Prod-B",
        "of stubborn-01": "Test-B",
        "pool of a template": None,
        "key": f"key-{world.vm('vault-01').moid}",
        "crypto": ("unlocked", None),
        "lockdown": "lockdownDisabled",
    }


async def test_a_host_offers_what_one_of_8_0_does(world: World) -> None:
    def read() -> dict[str, Any]:
        with logged_in(world.vcenter) as instance:
            managers = host("host-20", instance).configManager
            return {
                "rulesets": [each.key for each in managers.firewallSystem.firewallInfo.ruleset],
                "options": [
                    each.value for each in managers.advancedOption.QueryOptions("UserVars.ESXiShellTimeOut")
                ],
                "lockdown": managers.hostAccessManager.lockdownMode,
                "services": [each.key for each in managers.serviceSystem.serviceInfo.service],
            }

    assert await asyncio.to_thread(read) == {
        "rulesets": ["sshServer"],
        "options": [0],
        "lockdown": "lockdownDisabled",
        "services": ["TSM", "TSM-SSH", "ntpd"],
    }
    assert {each.nmi_manifest for each in world.hosts} == {"works"}


async def test_an_nmi_by_the_api_shows_in_the_guest(world: World) -> None:
    vm = world.vm("kdump-01")
    world.pace.speed = 1

    def send() -> None:
        with logged_in(world.vcenter) as instance:
            machine(vm.moid, instance).SendNMI()

    def crashed() -> Any:
        with logged_in(world.vcenter) as instance:
            return machine(vm.moid, instance).guest.guestKernelCrashed

    assert await asyncio.to_thread(crashed) is False
    await asyncio.to_thread(send)
    assert [(nmi.via, nmi.vm) for nmi in world.nmis] == [("api", "kdump-01")]
    assert await asyncio.to_thread(crashed) is True


async def test_a_linux_that_takes_nmis_leaves_its_dump(world: World) -> None:
    vm = world.vm("kdump-01")
    assert vm.guest.file(vm.guest.dump_path) is None
    world.deliver_nmi(vm.host, vm.world_id or 0)
    await world.until(lambda: vm.guest.crashes == 1 and vm.guest.state == "running")
    file = vm.guest.file(vm.guest.dump_path)
    assert file is not None
    assert file.path.startswith("/var/crash/")
    with file.open() as dump:
        assert dump.read(4) == b"\x7fELF"
    assert file.size > 0.99 * vm.memory_bytes
    assert [event.vm for event in world.events.of_kind("VmGuestOSCrashedEvent")] == [vm]
