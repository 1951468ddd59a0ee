"""The host's shell against the lab's host, whose SSH answers only while TSM-SSH runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.capture.ports import NmiAnswer
from bot.core.worlds import find_world
from bot.esxi import HostAccess, SshShells
from bot.lab.article import article_world
from bot.lab.vmdumper import HANGING_UP
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import HOST, endpoint_of

NAME = "esx-03.example.com"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=600.0).serve() as served:
        await served.set_service(served.host(HOST), "TSM-SSH", running=True)
        yield served


@pytest.fixture
def shells(world: World, tmp_path: Path) -> SshShells:
    host = world.host(HOST)
    pins = tmp_path / "pins"
    pins.write_text(host.known_hosts_line + "\n")
    access = HostAccess(
        covers=lambda name: name == NAME,
        known_hosts=pins,
        password=lambda _: host.root_password,
        address=host.address,
        port=host.ssh_port,
    )
    return SshShells([access])


async def test_the_target_is_found_and_gets_its_nmi(world: World, shells: SshShells) -> None:
    async with PyVmomiVCenter(endpoint_of(world)) as vcenter:
        machine = await vcenter.machine(world.vm("DumpTest").moid)
    async with shells.open(NAME) as shell:
        found = find_world(machine.target, await shell.worlds())
        assert found.world_id == 3199732
        report = await shell.send_nmi(found.world_id)
    assert report.answer is NmiAnswer.SENT
    assert [(nmi.world_id, nmi.vm) for nmi in world.nmis] == [(3199732, "DumpTest")]


async def test_vmdumper_lists_the_same(world: World, shells: SshShells) -> None:
    async with shells.open(NAME) as shell:
        worlds, listed = await shell.worlds(), await shell.running_vms()
    assert {(w.world_id, w.config_file) for w in worlds} == {(r.world_id, r.config_file) for r in listed.rows}
    assert listed.unread == 0
    assert world.nmis == []
    assert not any(effect.call == "vmdumper nmi" for effect in world.effects)


async def test_a_world_that_is_gone(world: World, shells: SshShells) -> None:
    async with shells.open(NAME) as shell:
        assert (await shell.send_nmi(4711)).answer is NmiAnswer.NOT_SENT
    assert world.nmis == []


async def test_a_host_that_hangs_up(world: World, shells: SshShells) -> None:
    world.host(HOST).vmdumper = HANGING_UP
    async with shells.open(NAME) as shell:
        assert (await shell.send_nmi(3199732)).answer is NmiAnswer.UNKNOWN
