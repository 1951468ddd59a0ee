"""The time after which a host itself stops a shell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.change import ServiceChange, ShellTimeoutChange, Standing
from bot.core.errors import Code, OutcomeUnknown
from bot.lab.article import article_world
from bot.lab.host import SHELL_TIMEOUT
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import cut_at, endpoint_of, refusal, without


@pytest.fixture(params=[article_world, modern_world], ids=["5.5", "8.0"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with request.param(tmp_path, speed=2000.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


def place_of(world: World) -> dict[str, str]:
    host = world.hosts[0]
    return {"vcenter": "vc1", "host_moid": host.moid, "host_name": host.name}


def timeout(world: World, former: int = 0) -> ShellTimeoutChange:
    return ShellTimeoutChange(**place_of(world), former=former, ours=900)


async def test_it_is_set_and_put_back(vcenter: PyVmomiVCenter, world: World) -> None:
    host = world.hosts[0]
    host.options = host.options | {SHELL_TIMEOUT: 3600}
    assert await vcenter.shell_timeout(host.moid) == 3600
    change = timeout(world, former=3600)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    await vcenter.make(change)
    assert await vcenter.shell_timeout(host.moid) == 900
    stand = await vcenter.stand(change)
    assert (stand.standing, stand.seen) == (Standing.OURS, "900 s")
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert [effect.argument for effect in world.effects] == [f"{SHELL_TIMEOUT}={s}" for s in (900, 3600)]
    host.options = host.options | {SHELL_TIMEOUT: 60}
    assert (await vcenter.stand(change)).standing is Standing.OTHER


async def test_a_host_stops_ssh_by_itself(vcenter: PyVmomiVCenter, world: World) -> None:
    ssh = ServiceChange(**place_of(world), service="TSM-SSH", label="SSH", former_policy="off")
    await vcenter.make(timeout(world))
    await vcenter.make(ssh)
    await world.until(lambda: not world.hosts[0].service("TSM-SSH").running)
    assert (await vcenter.stand(ssh)).standing is Standing.BEFORE
    assert [effect.call for effect in world.effects] == ["UpdateOptions", "StartService"]


async def test_a_missing_privilege(vcenter: PyVmomiVCenter, world: World) -> None:
    without(world, "Host.Config.AdvancedConfig")
    error = await refusal(vcenter.make(timeout(world)))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, "Host.Config.AdvancedConfig")
    assert world.hosts[0].options[SHELL_TIMEOUT] == 0


async def test_a_host_without_the_option(vcenter: PyVmomiVCenter, world: World) -> None:
    host = world.hosts[0]
    host.options = {key: value for key, value in host.options.items() if key != SHELL_TIMEOUT}
    error = await refusal(vcenter.shell_timeout(host.moid))
    assert (error.code, str(error.params["fault"])[:11]) == (Code.VCENTER_FAULT, "InvalidName")
    for call in (vcenter.stand, vcenter.make):
        error = await refusal(call(timeout(world)))
        assert error.code is Code.THING_MISSING
        assert error.params == {"thing": "shell time-out", "place": host.name}


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_lost_answer_is_unknown_and_not_repeated(
    vcenter: PyVmomiVCenter, world: World, side: str
) -> None:
    outcome = await cut_at(world, f"UpdateOptions:{side}", vcenter.make(timeout(world)))
    assert isinstance(outcome, OutcomeUnknown)
    assert [effect.call for effect in world.effects] == ["UpdateOptions"]
    assert await vcenter.shell_timeout(world.hosts[0].moid) == (900 if side == "after" else 0)
