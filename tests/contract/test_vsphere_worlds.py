"""The host's list of running machines through vCenter, compared with the host's own shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.errors import Code
from bot.core.worlds import find_world
from bot.esxi import HostAccess, SshShells
from bot.lab.article import article_world
from bot.lab.center import Esxcli
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import endpoint_of, refusal

WORLDS = pytest.mark.parametrize("build", [article_world, modern_world], ids=["5.5", "8.0"])
Build = Callable[..., World]


def shells_of(world: World, folder: Path) -> SshShells:
    host = world.hosts[0]
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(host.known_hosts_line + "\n")
    access = HostAccess(
        covers=lambda name: name == host.name,
        known_hosts=known_hosts,
        password=lambda _: host.root_password,
        address=host.address,
        port=host.ssh_port,
    )
    return SshShells([access])


@WORLDS
async def test_it_says_what_the_shell_says(build: Build, tmp_path: Path) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        host = world.hosts[0]
        listed = await vcenter.worlds(host.moid)
        await world.set_service(host, "TSM-SSH", running=True)
        async with shells_of(world, tmp_path).open(host.name) as shell:
            assert set(listed) == set(await shell.worlds())
        vm = world.vms[0]
        target = (await vcenter.machine(vm.moid)).target
        assert find_world(target, listed).world_id == vm.world_id
        assert world.effects == []


@WORLDS
@pytest.mark.parametrize("switch", ["no-method", "no-permission"])
async def test_where_it_cannot_be_had(build: Build, tmp_path: Path, switch: Esxcli) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        world.vcenter.esxcli = switch
        error = await refusal(vcenter.worlds(world.hosts[0].moid))
        assert error.code is Code.PROCESS_LIST
        assert error.params["host"] == world.hosts[0].moid
        assert str(error.params["cause"]).startswith("vCenter: ")


@WORLDS
async def test_a_lost_session_is_begun_anew(build: Build, tmp_path: Path) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        host = world.hosts[0].moid
        before = await vcenter.worlds(host)
        world.vcenter.expire_sessions()
        assert await vcenter.worlds(host) == before


async def test_a_host_that_is_gone(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        error = await refusal(vcenter.worlds("host-4711"))
        assert error.code is Code.PROCESS_LIST


async def test_names_are_carried_to_the_letter(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        world.vm("node-a").name = 'a < b & "c"'
        names = {row.display_name for row in await vcenter.worlds(world.vm("vm-101").host.moid)}
        assert 'a < b & "c"' in names
