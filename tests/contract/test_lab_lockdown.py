"""Lockdown of the lab's host: what pyVmomi's client reads of it, and whom SSH lets in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.world import World
from tests.unit.lab.vim_client import host, logged_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "6.0", "6.0.0"
    site.hosts[0].service("TSM-SSH").running = True
    async with site.serve() as world:
        yield world


def read(world: World) -> tuple[str, str, list[str]]:
    with logged_in(world.vcenter) as instance:
        esx = host("host-9", instance)
        manager = esx.configManager.hostAccessManager
        return esx.config.lockdownMode, manager.lockdownMode, list(manager.QueryLockdownExceptions())


async def log_in(world: World, **options: object) -> bool:
    esx = world.hosts[0]
    settings: dict[str, object] = {
        "username": "root",
        "known_hosts": asyncssh.import_known_hosts(esx.known_hosts_line),
        "client_keys": None,
        "config": None,
        **options,
    }
    try:
        async with asyncssh.connect(esx.address, esx.ssh_port, **settings):
            return True
    except asyncssh.PermissionDenied:
        return False


@pytest.mark.parametrize("mode", ["lockdownNormal", "lockdownStrict"])
async def test_only_exception_users_log_in(world: World, mode: str) -> None:
    esx = world.hosts[0]
    assert await log_in(world, password=esx.root_password)
    esx.lockdown_mode = mode
    assert await asyncio.to_thread(read, world) == (mode, mode, [])
    assert not await log_in(world, password=esx.root_password)
    esx.lockdown_exceptions = ("root",)
    assert await asyncio.to_thread(read, world) == (mode, mode, ["root"])
    assert await log_in(world, password=esx.root_password)
    esx.lockdown_exceptions = ("somebody",)
    assert not await log_in(world, password=esx.root_password)


async def test_a_key_does_not_get_around_it(world: World) -> None:
    esx = world.hosts[0]
    key = asyncssh.generate_private_key("ssh-ed25519")
    esx.authorized_keys = key.export_public_key().decode()
    await world.set_service(esx, "TSM-SSH", running=False)
    await world.set_service(esx, "TSM-SSH", running=True)
    assert await log_in(world, client_keys=[key])
    esx.lockdown_mode = "lockdownNormal"
    assert not await log_in(world, client_keys=[key])


async def test_a_mode_that_is_off_locks_nobody_out(world: World) -> None:
    esx = world.hosts[0]
    esx.lockdown_mode = "lockdownDisabled"
    assert await log_in(world, password=esx.root_password)
    world.vcenter.privileges = frozenset()
    with pytest.raises(vim.fault.NoPermission) as caught:
        await asyncio.to_thread(read, world)
    assert caught.value.privilegeId == "Global.Settings"


async def test_a_5_5_has_no_such_manager(tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world:

        def manager() -> object:
            with logged_in(world.vcenter) as instance:
                return host("host-9", instance).configManager.hostAccessManager

        assert await asyncio.to_thread(manager) is None
