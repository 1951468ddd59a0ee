"""A machine's ``vmware.log``, read over the datastore's HTTPS of the lab's vCenters of 5.5 and 8.0."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.errors import Code
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from bot.vsphere.log_part import MOST
from tests.contract.vsphere_client import refusal, without

VM = "vm-101"


async def test_the_lines_of_a_crash(vcenter: PyVmomiVCenter, world: World) -> None:
    vm, machine = world.vm(VM), await vcenter.machine(VM)
    before = await vcenter.log_part(machine, None)
    assert (before.size, before.text) == (len(vm.log.data), "")
    assert before.size > 0
    assert (await vcenter.log_part(machine, before.size)).text == ""
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    after = await vcenter.log_part(machine, before.size)
    assert after.size == before.size + len(after.text)
    lines = after.text.splitlines()
    assert [line.partition(" vcpu-0 - ")[2] for line in lines] == [
        "WinBSOD: Synthetic MSR[0x40000100] 0x80",
        "WinBSOD: Synthetic MSR[0x40000101] 0x4f4454",
        "WinBSOD: Synthetic MSR[0x40000102] 0x0",
        "WinBSOD: Synthetic MSR[0x40000103] 0x0",
        "WinBSOD: Synthetic MSR[0x40000104] 0x0",
    ]
    assert datetime.fromisoformat(lines[0].split()[0]).tzinfo == UTC


async def test_a_linux_says_nothing_there(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = next(vm for vm in world.vms if vm.guest.family == "linux" and " " in vm.name and vm.powered_on)
    vm.guest.nmi_ignored = False
    machine = await vcenter.machine(vm.moid)
    before = await vcenter.log_part(machine, None)
    assert vm.world_id is not None
    assert world.deliver_nmi(vm.host, vm.world_id)
    assert await vcenter.log_part(machine, before.size) == before


async def test_of_much_only_the_end(vcenter: PyVmomiVCenter, world: World) -> None:
    vm, machine = world.vm(VM), await vcenter.machine(VM)
    for number in range(5000):
        vm.log.write(vm.powered_on_at, f"line {number} of a machine that has much to say about itself")
    data = vm.log.data
    assert len(data) > MOST
    for after in (0, 100):
        part = await vcenter.log_part(machine, after)
        assert (part.size, part.text) == (len(data), data[-MOST:].decode())
    part = await vcenter.log_part(machine, len(data) - 7)
    assert part.text == "itself\n"


async def test_a_log_that_was_begun_anew(vcenter: PyVmomiVCenter, world: World) -> None:
    vm, machine = world.vm(VM), await vcenter.machine(VM)
    vm.log.write(vm.powered_on_at, "of before")
    before = await vcenter.log_part(machine, None)
    vm.log.begin_anew(vm.powered_on_at)
    part = await vcenter.log_part(machine, before.size)
    assert (part.size, part.text) == (len(vm.log.data), vm.log.data.decode())


async def test_without_the_privilege(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine(VM)
    without(world, "Datastore.Browse")
    error = await refusal(vcenter.log_part(machine, None))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, "Datastore.Browse")


async def test_a_log_that_is_not_there(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine(VM)
    world.datacenter += " renamed"
    error = await refusal(vcenter.log_part(machine, None))
    assert error.code is Code.VCENTER_FAULT
    assert "there is no vmware.log" in str(error.params["fault"])
    gone = machine.model_copy(update={"target": machine.target.model_copy(update={"moid": "vm-4711"})})
    assert (await refusal(vcenter.log_part(gone, None))).code is Code.VM_GONE


async def test_a_session_that_was_lost(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine(VM)
    before = await vcenter.log_part(machine, None)
    world.vcenter.expire_sessions()
    assert await vcenter.log_part(machine, None) == before
