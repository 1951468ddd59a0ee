"""What is seen around a guest and its disks, read from govmomi's simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pyVmomi import vim

from bot.core.target import Machine
from bot.vsphere import PyVmomiVCenter
from tests.contract.vcsim_server import Vcsim

# Go compiles the whole API the first time: minutes on a small machine.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def vcenter(vcsim: Vcsim) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(vcsim.endpoint) as client:
        yield client


async def machine(vcenter: PyVmomiVCenter) -> Machine:
    names = {vm.name: vm.moid for vm in await vcenter.names()}
    return await vcenter.machine(names["DC0_C0_RP0_VM0"])


async def test_surroundings(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    moid = (await machine(vcenter)).target.moid
    seen = await vcenter.surroundings(moid)
    (store,) = seen.stores
    assert store.name == "LocalDS_0"
    assert store.capacity is not None
    assert store.free is not None
    assert 0 < store.free <= store.capacity
    # The simulator tells of thin disks, and nothing of what is inside the guest.
    assert store.grows
    assert (seen.volumes, seen.snapshots, seen.consolidation_needed, seen.tasks) == (None, 0, False, ())

    def snapshot_twice(vm: Any) -> Any:
        vm.CreateSnapshot_Task("one", "", False, False)
        return vm.CreateSnapshot_Task("two", "", False, False)

    await vcsim.administrator.on_vm(moid, snapshot_twice)
    assert (await vcenter.surroundings(moid)).snapshots == 2


async def test_a_thick_disk(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    moid = (await machine(vcenter)).target.moid

    def thicken(vm: Any) -> Any:
        disk: Any = next(d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk))
        disk.backing.thinProvisioned = False
        edit = vim.vm.device.VirtualDeviceSpec(operation="edit", device=disk)
        return vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[edit]))

    await vcsim.administrator.on_vm(moid, thicken)
    (store,) = (await vcenter.surroundings(moid)).stores
    assert not store.grows


async def test_write_rate(vcenter: PyVmomiVCenter) -> None:
    rate = await vcenter.write_rate((await machine(vcenter)).target.moid)
    assert rate is not None
    assert rate % 1024 == 0


async def test_log_part(vcenter: PyVmomiVCenter) -> None:
    of = await machine(vcenter)
    whole = await vcenter.log_part(of, 0)
    assert whole.size == len(whole.text) > 20
    assert (await vcenter.log_part(of, None)).size == whole.size
    assert await vcenter.log_part(of, 20) == whole.model_copy(update={"text": whole.text[20:]})
    assert (await vcenter.log_part(of, whole.size)).text == ""
