"""A vCenter and a host that know nothing of today: `legacy` gets the bot in, and nothing else does."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Code, VmdumpError
from bot.esxi import HostAccess, SshShells
from bot.lab.article import article_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import HOST, endpoint_of


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=600.0).serve() as served:
        host = served.host(HOST)
        served.vcenter.old_tls = host.old_ssh = True
        await served.vcenter.restart()
        await served.set_service(host, "TSM-SSH", running=True)
        yield served


async def test_vcenter(world: World, caplog: pytest.LogCaptureFixture) -> None:
    endpoint = endpoint_of(world)
    async with PyVmomiVCenter(endpoint) as client:
        with pytest.raises(VmdumpError) as refused:
            await client.clock()
    assert refused.value.code is Code.VCENTER_UNREACHABLE
    assert caplog.messages == []
    async with PyVmomiVCenter(dataclasses.replace(endpoint, legacy_tls=True)) as client:
        await client.clock()
    (loud,) = (record for record in caplog.records if "legacy is on" in record.message)
    assert loud.levelno == logging.WARNING


async def test_host(world: World, tmp_path: Path) -> None:
    host = world.host(HOST)
    pins = tmp_path / "pins"
    pins.write_text(host.known_hosts_line + "\n")
    access = HostAccess(
        covers=lambda _: True,
        known_hosts=pins,
        password=lambda _: host.root_password,
        address=host.address,
        port=host.ssh_port,
    )
    with pytest.raises(VmdumpError) as refused:
        async with SshShells([access]).open(host.name):
            raise AssertionError
    assert refused.value.code is Code.SSH_UNREACHABLE
    async with SshShells([dataclasses.replace(access, legacy=True)]).open(host.name) as shell:
        assert len(await shell.worlds()) > 0
