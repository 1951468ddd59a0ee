"""Whom a host in lockdown lets in."""

from __future__ import annotations

from pathlib import Path

from bot.core.errors import Code
from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import HOST, endpoint_of, refusal, without


async def test_the_exceptions_are_read(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        host = world.hosts[0]
        assert (await vcenter.host(host.moid)).lockdown == "lockdownDisabled"
        assert await vcenter.lockdown_exceptions(host.moid) == ()
        host.lockdown_mode, host.lockdown_exceptions = "lockdownStrict", ("root", "dump")
        assert (await vcenter.host(host.moid)).lockdown == "lockdownStrict"
        assert await vcenter.lockdown_exceptions(host.moid) == ("root", "dump")


async def test_a_missing_privilege(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        without(world, "Global.Settings")
        error = await refusal(vcenter.lockdown_exceptions(world.hosts[0].moid))
        assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, "Global.Settings")


async def test_before_6_0_nobody_is_excepted(tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        assert (await vcenter.host(HOST)).lockdown is None
        assert (await refusal(vcenter.lockdown_exceptions(HOST))).code is Code.VCENTER_FAULT
