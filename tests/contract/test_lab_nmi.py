"""VirtualMachine.SendNMI of the lab's vCenter, judged by pyVmomi's client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.center import SendNmi
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "6.0", "6.0.0"
    async with site.serve() as world:
        yield world


def send(world: World, name: str = "DumpTest") -> None:
    with logged_in(world.vcenter) as instance:
        machine(world.vm(name).moid, instance).SendNMI()


async def test_it_reaches_the_guest(world: World) -> None:
    await asyncio.to_thread(send, world)
    (nmi,) = world.nmis
    assert (nmi.via, nmi.vm, nmi.moid, nmi.world_id) == ("api", "DumpTest", "vm-101", 3199732)
    assert [(each.call, each.on, each.applied) for each in world.effects] == [("SendNMI", "vm-101", True)]
    guest = world.vm("DumpTest").guest
    await world.until(lambda: guest.state == "running" and guest.crashes == 1)


@pytest.mark.parametrize(
    ("switch", "fault"),
    [
        ("not-implemented", vmodl.fault.NotImplemented),
        ("not-supported", vmodl.fault.NotSupported),
    ],
)
async def test_vcenters_that_cannot_send_nothing(
    world: World, switch: SendNmi, fault: type[Exception]
) -> None:
    world.vcenter.send_nmi = switch
    with pytest.raises(fault):
        await asyncio.to_thread(send, world)
    assert world.nmis == []
    assert [each.applied for each in world.effects] == [False]


async def test_a_machine_that_is_off_takes_none(world: World) -> None:
    with pytest.raises(vim.fault.InvalidPowerState):
        await asyncio.to_thread(send, world, "archive")
    assert world.nmis == []


@pytest.mark.parametrize(("gate", "nmis"), [("SendNMI:before", 0), ("SendNMI:after", 1)])
async def test_a_call_is_dropped_at_its_gate(world: World, gate: str, nmis: int) -> None:
    world.gates.close(gate)
    calling = asyncio.create_task(asyncio.to_thread(send, world))
    await world.gates.reached(gate)
    world.gates.open(gate, drop=True)
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the client's socket dies
        await calling
    assert len(world.nmis) == nmis
    assert [each.applied for each in world.effects] == [bool(nmis)]


async def test_a_5_5_has_no_such_method(tmp_path: Path) -> None:
    async with article_world(tmp_path, speed=2000).serve() as world:

        def send_as_to_a_newer_one() -> None:
            with logged_in(world.vcenter) as instance:
                # pyVmomi refuses by itself what the server's version does not have.
                instance._stub.version = "vim.version.version10"
                machine("vm-101", instance).SendNMI()

        with pytest.raises(vmodl.fault.MethodNotFound, match="no method SendNMI"):
            await asyncio.to_thread(send_as_to_a_newer_one)
        assert world.nmis == []
        assert world.effects == []
