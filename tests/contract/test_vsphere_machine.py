"""What is read of a machine for the guards: its cluster, encryption, and migrations under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.host import Host
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import endpoint_of

VM = "vm-101"
WORLDS = pytest.mark.parametrize(
    ("build", "cluster"), [(article_world, "domain-c7"), (modern_world, "domain-c8")], ids=["5.5", "8.0"]
)
BY = pytest.mark.parametrize("by_drs", [False, True], ids=["asked", "DRS"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=600.0).serve() as served:
        yield served


@WORLDS
async def test_its_cluster(build: Callable[[Path], World], cluster: str, tmp_path: Path) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        machine = await vcenter.machine(VM)
        assert (machine.cluster_moid, machine.encrypted, machine.migrating) == (cluster, False, False)


async def test_an_encrypted_one(world: World) -> None:
    async with PyVmomiVCenter(endpoint_of(world)) as vcenter:
        assert (await vcenter.machine(world.vm("vault-01").moid)).encrypted
        assert not (await vcenter.machine(VM)).encrypted


@BY
async def test_a_migration_is_seen_while_it_runs(world: World, by_drs: bool) -> None:
    await _moves(world, world.host("esx-12.example.com"), by_drs=by_drs)


@BY
async def test_so_it_is_on_5_5(tmp_path: Path, by_drs: bool) -> None:
    site = article_world(tmp_path, speed=600.0)
    first = site.hosts[0]
    second = site.add_host(
        Host(
            moid="host-10",
            name="esx-04.example.com",
            cluster=first.cluster,
            version=first.version,
            build=first.build,
            services=[*(type(s)(s.id, s.label) for s in first.services)],
            root_password=first.root_password,
        )
    )
    async with site.serve() as world:
        await _moves(world, second, by_drs=by_drs)


async def _moves(world: World, to: Host, *, by_drs: bool) -> None:
    vm = world.vm(VM)
    gate = f"Task:{'Drm.ExecuteVMotionLRO' if by_drs else 'MigrateVM_Task'}:before"
    async with PyVmomiVCenter(endpoint_of(world)) as vcenter:
        before = await vcenter.machine(VM)
        world.gates.close(gate)
        moving = asyncio.create_task(world.migrate(vm, to, by_drs=by_drs))
        await world.gates.reached(gate)
        assert (await vcenter.machine(VM)).migrating
        # One machine's migration is no other's.
        assert not (await vcenter.machine("vm-102")).migrating
        world.gates.open(gate)
        await moving
        after = await vcenter.machine(VM)
    assert not after.migrating
    assert before.identity == after.identity
    assert (before.target.host_moid, after.target.host_moid) == (world.hosts[0].moid, to.moid)
