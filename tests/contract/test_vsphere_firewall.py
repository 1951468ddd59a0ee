"""The rule set for SSH of a host's firewall: opened for the bot, and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.change import RulesetChange, Standing
from bot.core.errors import Code, OutcomeUnknown
from bot.core.target import Ruleset
from bot.lab.article import article_world
from bot.lab.firewall import Allowed
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import cut_at, endpoint_of, refusal, without

BOT = "127.0.0.1"


@pytest.fixture(params=[article_world, modern_world], ids=["5.5", "8.0"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    site = request.param(tmp_path, speed=600.0)
    site.hosts[0].service("TSM-SSH").running = True
    async with site.serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


async def close(world: World, allowed: Allowed | None = None, *, enabled: bool = False) -> None:
    host = world.hosts[0]
    await world.set_ruleset(host, host.ruleset("sshServer"), enabled=enabled, allowed=allowed)


async def opening(vcenter: PyVmomiVCenter, world: World, **ours: object) -> RulesetChange:
    host = world.hosts[0]
    former = (await vcenter.host(host.moid)).ssh_ruleset
    assert former is not None
    return RulesetChange(
        vcenter="vc1",
        host_moid=host.moid,
        host_name=host.name,
        former=former,
        ours=former.model_copy(update={"enabled": True, **ours}),
    )


async def answers(world: World) -> bool:
    try:
        _, writer = await asyncio.open_connection(BOT, world.hosts[0].ssh_port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_a_rule_set_as_installed(vcenter: PyVmomiVCenter, world: World) -> None:
    host = await vcenter.host(world.hosts[0].moid)
    assert host.ssh_ruleset == Ruleset(id="sshServer", enabled=True, all_addresses=True)


async def test_a_closed_one_is_opened_and_closed(vcenter: PyVmomiVCenter, world: World) -> None:
    await close(world)
    change = await opening(vcenter, world)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert not await answers(world)
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    assert await answers(world)
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert not await answers(world)
    assert [effect.call for effect in world.effects] == ["EnableRuleset", "DisableRuleset"]


@pytest.mark.parametrize("enabled", [True, False])
async def test_the_bot_joins_those_let_in_and_leaves_them(
    vcenter: PyVmomiVCenter, world: World, enabled: bool
) -> None:
    allowed = Allowed(all_ip=False, addresses=("192.0.2.7",), networks=("10.1.0.0/16", "2001:db8::/32"))
    await close(world, allowed, enabled=enabled)
    former = (await vcenter.host(world.hosts[0].moid)).ssh_ruleset
    assert former is not None
    assert set(former.addresses) == {"192.0.2.7", "10.1.0.0/16", "2001:db8::/32"}
    change = await opening(vcenter, world, addresses=(*former.addresses, BOT))
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    assert await answers(world)
    ruleset = world.hosts[0].ruleset("sshServer")
    assert set(ruleset.allowed.networks) == set(allowed.networks)
    assert set(ruleset.allowed.addresses) == {"192.0.2.7", BOT}
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    assert (ruleset.allowed, ruleset.enabled) == (allowed, enabled)
    assert not await answers(world)


async def test_what_somebody_else_makes_of_it_is_theirs(vcenter: PyVmomiVCenter, world: World) -> None:
    await close(world)
    change = await opening(vcenter, world)
    await close(world, Allowed(all_ip=False, addresses=("192.0.2.9",)), enabled=True)
    stand = await vcenter.stand(change)
    assert (stand.standing, stand.seen) == (Standing.OTHER, "open for 192.0.2.9")


async def test_a_host_without_such_a_rule_set(vcenter: PyVmomiVCenter, world: World) -> None:
    await close(world)
    change = await opening(vcenter, world)
    world.hosts[0].rulesets = []
    assert (await vcenter.host(world.hosts[0].moid)).ssh_ruleset is None
    for call in (vcenter.stand, vcenter.make):
        error = await refusal(call(change))
        assert error.code is Code.THING_MISSING
        assert error.params == {"thing": "firewall sshServer", "place": world.hosts[0].name}


async def test_a_missing_privilege(vcenter: PyVmomiVCenter, world: World) -> None:
    await close(world)
    change = await opening(vcenter, world)
    without(world, "Host.Config.NetService")
    error = await refusal(vcenter.make(change))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, "Host.Config.NetService")


async def test_a_change_refused_half_way_leaves_doubt(vcenter: PyVmomiVCenter, world: World) -> None:
    await close(world, Allowed(all_ip=False, addresses=("192.0.2.7",)))
    change = await opening(vcenter, world, addresses=("192.0.2.7", BOT))
    gate = "UpdateRuleset:sshServer:after"
    world.gates.close(gate)
    making = asyncio.create_task(vcenter.make(change))
    await world.gates.reached(gate)
    without(world, "Host.Config.NetService")
    world.gates.open(gate)
    with pytest.raises(OutcomeUnknown) as caught:
        await making
    assert "half done" in str(caught.value.params["cause"])
    assert (await vcenter.stand(change)).standing is Standing.OTHER


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_lost_answer_is_unknown_and_not_repeated(
    vcenter: PyVmomiVCenter, world: World, side: str
) -> None:
    await close(world)
    change = await opening(vcenter, world)
    outcome = await cut_at(world, f"EnableRuleset:sshServer:{side}", vcenter.make(change))
    assert isinstance(outcome, OutcomeUnknown)
    assert [effect.call for effect in world.effects] == ["EnableRuleset"]
    assert await answers(world) == (side == "after")
