"""The inventory that is kept of a vCenter, against the lab's, which can lose sessions and connections."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.core.errors import Code
from bot.core.names import By
from bot.lab.modern import modern_world
from bot.lab.vm import Vm
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.kept_inventory import asked, by_moid, kept, until
from tests.contract.vsphere_client import endpoint_of, refusal

SOME = 1_300
"""more than two pages hold"""


def crowd(world: World, count: int) -> None:
    """Puts further VMs beside the first; they are there to be listed."""
    first = world.vms[0]
    for n in range(count):
        world.add_vm(another(first, n))


def another(first: Vm, n: int) -> Vm:
    return dataclasses.replace(
        first,
        moid=f"vm-{10_000 + n}",
        name=f"copy-{n:05}",
        instance_uuid=f"50000000-0000-4000-8000-{n:012x}",
        uuid=f"42000000-0000-4000-8000-{n:012x}",
        guest=dataclasses.replace(first.guest),
    )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = modern_world(tmp_path, speed=600.0)
    crowd(world, SOME)
    async with world.serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


async def test_one_sweep_of_several_pages_fills_it(vcenter: PyVmomiVCenter, world: World) -> None:
    names = await kept(vcenter)
    assert len(names) == len(world.vms) > 2 * 500
    assert by_moid(names) == await asked(vcenter)
    assert await vcenter.names() is names


async def test_nothing_is_kept_before_the_last_page(vcenter: PyVmomiVCenter, world: World) -> None:
    await kept(vcenter)
    gate = "WaitForUpdatesEx:before"
    world.gates.close(gate)
    async with PyVmomiVCenter(endpoint_of(world)) as other:
        await world.gates.reached(gate)
        assert other._inventory.names() is None
        # Whoever looks for a VM meanwhile is not made to wait for the sweep.
        assert len(await other.names()) == len(world.vms)
        world.gates.open(gate)
        await kept(other)


async def test_a_rename_a_move_a_new_vm_and_one_that_goes(vcenter: PyVmomiVCenter, world: World) -> None:
    await kept(vcenter)
    vm = world.vm("PayDB")
    world.rename(vm, "PayDB-old")
    names = await kept(vcenter, lambda now: "PayDB-old" in now)
    assert names.find(By.NAME, "PayDB") == ()
    to = next(host for host in world.hosts_in(world.cluster("Prod-B")) if host is not vm.host)
    await world.migrate(vm, to)
    await kept(vcenter, lambda now: now["PayDB-old"].host_moid == to.moid)
    new = world.add_vm(another(vm, SOME))
    names = await kept(vcenter, lambda now: new.name in now)
    assert names.find(By.ID, new.uuid.replace("-", ""))[0].moid == new.moid
    world.remove_vm(new)
    names = await kept(vcenter, lambda now: new.name not in now)
    assert by_moid(names) == await asked(vcenter)


async def expired(world: World) -> None:
    world.vcenter.expire_sessions()


async def dropped(world: World) -> None:
    world.vcenter.drop_connections()


async def restarted(world: World) -> None:
    await world.vcenter.restart()


@pytest.mark.parametrize("lost", [expired, dropped, restarted])
async def test_it_recovers(
    vcenter: PyVmomiVCenter, world: World, lost: Callable[[World], Awaitable[None]]
) -> None:
    await kept(vcenter)
    await lost(world)
    # What happened while nobody was told is known after it.
    world.rename(world.vm("PayDB"), "meanwhile")
    world.remove_vm(world.vm("copy-00007"))
    names = await kept(vcenter, lambda now: "meanwhile" in now and "copy-00007" not in now)
    assert by_moid(names) == await asked(vcenter)
    world.rename(world.vm("meanwhile"), "later")
    await kept(vcenter, lambda now: "later" in now)


async def test_a_sweep_that_breaks_off_is_begun_anew(world: World) -> None:
    gate = "WaitForUpdatesEx:before"
    world.gates.close(gate)
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        for _ in range(2):
            await world.gates.reached(gate)
            world.gates.open(gate, drop=True)
            world.gates.close(gate)
        await world.gates.reached(gate)
        assert client._inventory.names() is None
        world.gates.open(gate)
        names = await kept(client)
        assert len(names) == len(world.vms)


async def test_a_vcenter_that_is_away_has_no_kept_answer(vcenter: PyVmomiVCenter, world: World) -> None:
    await kept(vcenter)
    await world.vcenter.stop()
    await until(lambda: vcenter._inventory.names() is None)
    assert (await refusal(vcenter.names())).code is Code.VCENTER_UNREACHABLE
    await world.vcenter.start()
    assert len(await kept(vcenter)) == len(world.vms)


async def test_who_looks_no_names_up_keeps_none(world: World) -> None:
    async with PyVmomiVCenter(endpoint_of(world), keeps_inventory=False) as client:
        await client.probe()
        assert len(await client.names()) == len(world.vms)
        assert client._inventory.names() is None
    assert "WaitForUpdatesEx" not in {call.name for call in world.calls}


@pytest.mark.slow
async def test_two_thousand(tmp_path: Path) -> None:
    """The lab takes its time for more; ten thousand are in ``test_vcsim_inventory.py``."""
    world = modern_world(tmp_path, speed=600.0)
    crowd(world, 2_000)
    async with world.serve(), PyVmomiVCenter(endpoint_of(world)) as client:
        names = await kept(client)
        assert len(names) == len(world.vms)
        (last,) = names.find(By.ID, f"42000000000040008000{1_999:012x}")
        world.rename(world.vm("copy-01999"), "the last")
        async with asyncio.timeout(30):
            names = await kept(client, lambda now: "the last" in now)
        assert names.find(By.NAME, "the last")[0].moid == last.moid
        assert (len(names), names.find(By.NAME, "copy-01999")) == (len(world.vms), ())
