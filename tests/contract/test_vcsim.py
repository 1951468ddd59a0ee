"""The vCenter client against govmomi's simulator, which somebody else wrote: sessions, readings, events.

It has no services of hosts, no pictures and no user events: there it shows what comes of a server's gaps.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.target import NamedVm
from bot.vsphere import PyVmomiVCenter
from tests.contract.vcsim_server import Vcsim, serving
from tests.contract.vsphere_client import SSH

# Go compiles the whole API the first time: minutes on a small machine.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def vcenter(vcsim: Vcsim) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(vcsim.endpoint) as client:
        yield client


async def first(vcenter: PyVmomiVCenter) -> NamedVm:
    return next(vm for vm in await vcenter.names() if vm.name == "DC0_C0_RP0_VM0")


async def test_probe(vcenter: PyVmomiVCenter) -> None:
    about = await vcenter.probe()
    assert (about.version, about.api_version) == ("6.5.0", "6.5")
    assert about.instance_uuid is not None


async def test_names_and_paths(vcenter: PyVmomiVCenter) -> None:
    names = await vcenter.names()
    assert sorted(vm.path for vm in names) == [f"/DC0/vm/DC0_C0_RP0_VM{n}" for n in range(4)]
    assert len({vm.instance_uuid for vm in names}) == 4


async def test_machine(vcenter: PyVmomiVCenter) -> None:
    named = await first(vcenter)
    machine = await vcenter.machine(named.moid)
    assert (machine.target.moid, machine.target.name, machine.path) == (named.moid, named.name, named.path)
    assert machine.target.instance_uuid == named.instance_uuid
    assert machine.target.host_name.startswith("DC0_C0_H")
    assert (machine.cluster, machine.resource_pool) == ("DC0_C0", "Resources")
    assert (machine.power, machine.connection, machine.template) == ("poweredOn", "connected", False)
    assert (machine.memory_mib, machine.cpus, machine.guest_id) == (32, 1, "otherGuest")


async def test_a_vm_that_is_gone(vcenter: PyVmomiVCenter) -> None:
    for asking in (vcenter.machine("vm-4711"), vcenter.signs("vm-4711")):
        with pytest.raises(VmdumpError) as caught:
            await asking
        assert (caught.value.code, caught.value.params["moid"]) == (Code.VM_GONE, "vm-4711")


async def test_a_host_whose_services_cannot_be_read(vcenter: PyVmomiVCenter) -> None:
    machine = await vcenter.machine((await first(vcenter)).moid)
    host = await vcenter.host(machine.target.host_moid)
    assert (host.name, host.version, host.build) == (machine.target.host_name, "6.5.0", "5969303")
    assert (host.connection, host.maintenance, host.lockdown) == ("connected", False, "lockdownDisabled")
    assert host.services == ()
    with pytest.raises(VmdumpError) as caught:
        await vcenter.make(SSH.model_copy(update={"host_moid": host.moid}))
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_signs_and_happenings_of_a_machine_that_is_switched_off(
    vcsim: Vcsim, vcenter: PyVmomiVCenter
) -> None:
    vm = await first(vcenter)
    assert (await vcenter.signs(vm.moid)).power == "poweredOn"
    since = await vcenter.clock()
    assert abs(since - datetime.now(UTC)) < timedelta(minutes=1)
    await vcsim.administrator.on_vm(vm.moid, lambda vm: vm.PowerOffVM_Task())
    signs = await vcenter.signs(vm.moid)
    assert (signs.power, signs.heartbeat, signs.kernel_crashed) == ("poweredOff", "gray", None)
    happenings = await vcenter.happenings(vm.moid, since)
    assert [h.kind for h in happenings] == ["VmPoweredOffEvent"]
    assert happenings[0].text == f"{vm.name} on {await host_name(vcenter, vm)} in DC0 is powered off"
    assert await vcenter.happenings(vm.moid, since + timedelta(hours=1)) == ()


async def host_name(vcenter: PyVmomiVCenter, vm: NamedVm) -> str:
    return (await vcenter.machine(vm.moid)).target.host_name


async def test_what_the_server_lacks_is_known_not_to_have_happened(vcenter: PyVmomiVCenter) -> None:
    with pytest.raises(VmdumpError) as caught:
        await vcenter.log_user_event("vm", (await first(vcenter)).moid, "alice asks for a dump")
    assert caught.value.code is Code.VCENTER_FAULT
    assert str(caught.value.params["fault"]).startswith("MethodNotFound")
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_session_that_somebody_ended_is_opened_again(vcsim: Vcsim) -> None:
    logins: list[str] = []

    def password() -> str:
        logins.append("")
        return vcsim.endpoint.password()

    administrator = vcsim.administrator
    async with PyVmomiVCenter(dataclasses.replace(vcsim.endpoint, password=password)) as client:
        await client.clock()
        assert await administrator.end_other_sessions() == 1
        await asyncio.gather(*(client.clock() for _ in range(8)))
        assert len(logins) == 2
        vm = await first(client)
        assert await administrator.end_other_sessions() == 1
        # An effect is refused for want of a session, and only then sent again.
        with pytest.raises(VmdumpError) as caught:
            await client.log_user_event("vm", vm.moid, "x")
        assert not isinstance(caught.value, OutcomeUnknown)
        assert len(logins) == 3


async def test_leaving_logs_out(vcsim: Vcsim) -> None:
    async with PyVmomiVCenter(vcsim.endpoint) as client:
        await client.clock()
    assert await vcsim.administrator.end_other_sessions() == 0


async def test_a_wrong_password_is_tried_once(vcsim: Vcsim) -> None:
    asked: list[str] = []

    def wrong() -> str:
        asked.append("")
        return "wrong"

    async with PyVmomiVCenter(dataclasses.replace(vcsim.endpoint, password=wrong)) as client:
        for _ in range(3):
            with pytest.raises(VmdumpError) as caught:
                await client.clock()
            assert caught.value.code is Code.VCENTER_LOGIN
    assert len(asked) == 1


async def test_a_host_that_stands_alone(vcsim_program: Path) -> None:
    async with serving(vcsim_program, "-host") as vcsim, PyVmomiVCenter(vcsim.endpoint) as client:
        about = await client.probe()
        assert (about.name, about.instance_uuid) == ("VMware ESXi 6.5.0 build-5969303", None)
        names = {vm.path: vm for vm in await client.names()}
        machine = await client.machine(names["/ha-datacenter/vm/ha-host_VM0"].moid)
        assert (machine.target.host_moid, machine.cluster) == ("ha-host", None)
        assert (await client.host("ha-host")).connection == "connected"
        with pytest.raises(VmdumpError) as caught:
            await client.happenings(machine.target.moid, await client.clock())
        assert caught.value.params["fault"] == "NotImplemented"
