"""Machines of the lab in states in which no NMI should go to them, as pyVmomi's client reads them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.esxi.processes import as_text
from bot.lab.vm import Vm
from bot.lab.world import World
from tests.unit.lab.vim_client import list_by_view, logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "6.7", "6.7.0"
    async with site.serve() as world:
        yield world


@pytest.fixture
def vm(world: World) -> Vm:
    return world.vm("DumpTest")


async def ask(world: World, question: Callable[[Any], Any]) -> Any:
    def run() -> Any:
        with logged_in(world.vcenter) as instance:
            return question(machine("vm-101", instance))

    return await asyncio.to_thread(run)


async def test_by_default_nothing_is_the_matter(world: World) -> None:
    def read(vm: Any) -> Any:
        runtime = vm.runtime
        return runtime.connectionState, runtime.question, runtime.cryptoState, vm.config.keyId

    assert await ask(world, read) == ("connected", None, None, None)
    assert await ask(world, lambda vm: (list(vm.recentTask), list(vm.disabledMethod))) == ([], [])


@pytest.mark.parametrize("state", ["orphaned", "inaccessible", "disconnected", "invalid"])
async def test_a_machine_that_vcenter_has_lost(world: World, vm: Vm, state: str) -> None:
    vm.connection_state = state
    readable = state in {"orphaned", "disconnected"}

    def read(vm: Any) -> Any:
        return vm.runtime.connectionState, vm.name, vm.config is not None

    assert await ask(world, read) == (state, "DumpTest", readable)
    with pytest.raises(vim.fault.InvalidState):
        await ask(world, lambda vm: vm.SendNMI())
    assert world.nmis == []


async def test_a_listing_leaves_out_what_cannot_be_read(world: World, vm: Vm) -> None:
    vm.connection_state = "inaccessible"

    def read() -> Any:
        with logged_in(world.vcenter) as instance:
            return list_by_view(instance.RetrieveContent(), vim.VirtualMachine, ["name", "config.uuid"])

    found = {each["moid"]: each for each in await asyncio.to_thread(read)}
    assert found["vm-101"] == {"moid": "vm-101", "name": "DumpTest"}
    assert "config.uuid" in found["vm-102"]


async def test_a_suspended_machine_has_no_worlds(world: World, vm: Vm) -> None:
    vm.suspended = True

    def read(vm: Any) -> Any:
        return vm.runtime.powerState, vm.guestHeartbeatStatus, vm.guest.toolsRunningStatus

    assert await ask(world, read) == ("suspended", "gray", "guestToolsNotRunning")
    with pytest.raises(vim.fault.InvalidPowerState) as caught:
        await ask(world, lambda vm: vm.SendNMI())
    assert caught.value.existingState == "suspended"
    assert "3199732" not in as_text([each for each in world.vms if each.powered_on])
    assert not world.deliver_nmi(vm.host, 3199732)
    vm.suspended = False
    assert world.deliver_nmi(vm.host, 3199732)


async def test_an_encrypted_machine_names_its_key(world: World, vm: Vm) -> None:
    vm.encrypted = True
    key, state = await ask(world, lambda vm: (vm.config.keyId, vm.runtime.cryptoState))
    assert (key.keyId, key.providerId.id, state) == ("key-vm-101", "lab-kms", "unlocked")


async def test_a_question_is_told_with_its_choices(world: World, vm: Vm) -> None:
    vm.question = "There is no more space for virtual disk DumpTest.vmdk."
    asked = await ask(world, lambda vm: vm.runtime.question)
    assert asked.text == vm.question
    assert [each.label for each in asked.choice.choiceInfo] == ["Retry", "Cancel"]


async def test_a_method_that_is_disabled_is_refused(world: World, vm: Vm) -> None:
    vm.disabled_methods = ("SendNMI", "PowerOffVM_Task")
    disabled = await ask(world, lambda vm: list(vm.disabledMethod))
    assert disabled == ["SendNMI", "PowerOffVM_Task"]
    with pytest.raises(vim.fault.MethodDisabled):
        await ask(world, lambda vm: vm.SendNMI())
    assert world.nmis == []


async def test_a_5_5_knows_nothing_of_encryption(tmp_path: Path) -> None:
    site = article_world(tmp_path)
    site.vm("DumpTest").encrypted = True
    async with site.serve() as world:
        assert await ask(world, lambda vm: (vm.config.keyId, vm.runtime.cryptoState)) == (None, None)
