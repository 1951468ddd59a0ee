"""The lab's host firewall and its advanced options, by pyVmomi's client and over SSH's port."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.host import SHELL_TIMEOUT
from bot.lab.world import World
from tests.unit.lab.vim_client import host, logged_in

IpList = vim.host.Ruleset.IpList
IpNetwork = vim.host.Ruleset.IpNetwork


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.hosts[0].service("TSM-SSH").running = True
    async with site.serve() as world:
        yield world


def change(world: World, method: str, *arguments: Any) -> list[Any]:
    """Call the firewall system; gives its rulesets then."""
    with logged_in(world.vcenter) as instance:
        system = host("host-9", instance).configManager.firewallSystem
        getattr(system, method)(*arguments)
        return list(system.firewallInfo.ruleset)


def allow(world: World, **allowed: Any) -> Any:
    spec = vim.host.Ruleset.RulesetSpec(allowedHosts=IpList(**allowed))
    return change(world, "UpdateRuleset", "sshServer", spec)[0].allowedHosts


async def reachable(world: World) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", world.hosts[0].ssh_port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_a_ruleset_that_is_off_keeps_everybody_out(world: World) -> None:
    assert await reachable(world)
    (ruleset,) = await asyncio.to_thread(change, world, "DisableRuleset", "sshServer")
    assert (ruleset.key, ruleset.enabled, ruleset.rule[0].port) == ("sshServer", False, 22)
    assert not await reachable(world)
    # A service that comes up behind a closed firewall is as far away as before.
    await world.set_service(world.hosts[0], "TSM-SSH", running=False)
    await world.set_service(world.hosts[0], "TSM-SSH", running=True)
    assert not await reachable(world)
    (ruleset,) = await asyncio.to_thread(change, world, "EnableRuleset", "sshServer")
    assert ruleset.enabled
    assert await reachable(world)
    assert [(each.call, each.on, each.argument, each.applied) for each in world.effects] == [
        ("DisableRuleset", "esx-03.example.com", "sshServer", True),
        ("EnableRuleset", "esx-03.example.com", "sshServer", True),
    ]


async def test_only_who_is_allowed_comes_through(world: World) -> None:
    net = IpNetwork(network="10.1.0.0", prefixLength=16)
    allowed = await asyncio.to_thread(allow, world, allIp=False, ipAddress=["192.0.2.7"], ipNetwork=[net])
    assert (allowed.allIp, list(allowed.ipAddress)) == (False, ["192.0.2.7"])
    assert (allowed.ipNetwork[0].network, allowed.ipNetwork[0].prefixLength) == ("10.1.0.0", 16)
    assert not await reachable(world)
    await asyncio.to_thread(allow, world, allIp=False, ipAddress=["127.0.0.1"])
    assert await reachable(world)
    local = IpNetwork(network="127.0.0.0", prefixLength=8)
    await asyncio.to_thread(allow, world, allIp=False, ipNetwork=[local])
    assert await reachable(world)
    await asyncio.to_thread(allow, world, allIp=False)
    assert not await reachable(world)


async def test_what_cannot_be_is_a_fault(world: World) -> None:
    with pytest.raises(vim.fault.NotFound):
        await asyncio.to_thread(change, world, "DisableRuleset", "telnetServer")
    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(
            allow, world, allIp=False, ipNetwork=[IpNetwork(network="10.1.2.3", prefixLength=99)]
        )
    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(allow, world, allIp=False, ipAddress=["esx-03"])
    world.vcenter.privileges = frozenset()
    with pytest.raises(vim.fault.NoPermission):
        await asyncio.to_thread(change, world, "DisableRuleset", "sshServer")
    assert await reachable(world)
    assert [each.applied for each in world.effects] == [False] * 4


async def test_a_call_dropped_before_its_effect_has_none(world: World) -> None:
    gate = "DisableRuleset:sshServer:before"
    world.gates.close(gate)
    calling = asyncio.create_task(asyncio.to_thread(change, world, "DisableRuleset", "sshServer"))
    await world.gates.reached(gate)
    world.gates.open(gate, drop=True)
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the client's socket dies
        await calling
    assert await reachable(world)


def options(world: World, name: str, value: object = None) -> dict[str, int]:
    """Set an option, unless the value is None; gives those of the name."""
    with logged_in(world.vcenter) as instance:
        manager = host("host-9", instance).configManager.advancedOption
        if value is not None:
            manager.UpdateOptions([vim.option.OptionValue(key=name, value=value)])
        return {each.key: each.value for each in manager.QueryOptions(name)}


async def test_options_are_read_and_set(world: World) -> None:
    everything = await asyncio.to_thread(options, world, "UserVars.")
    assert everything[SHELL_TIMEOUT] == 0
    assert len(everything) == 3
    assert await asyncio.to_thread(options, world, SHELL_TIMEOUT, 900) == {SHELL_TIMEOUT: 900}
    (effect,) = world.effects
    assert (effect.call, effect.argument, effect.applied) == ("UpdateOptions", f"{SHELL_TIMEOUT}=900", True)


async def test_options_that_are_none_are_faults(world: World) -> None:
    with pytest.raises(vim.fault.InvalidName):
        await asyncio.to_thread(options, world, "UserVars.Colour")
    with pytest.raises(vim.fault.InvalidName):
        await asyncio.to_thread(options, world, "UserVars.Colour", 1)
    for value in ("900", -1, True):
        with pytest.raises(vmodl.fault.InvalidArgument):
            await asyncio.to_thread(options, world, SHELL_TIMEOUT, value)
    world.vcenter.privileges = frozenset()
    with pytest.raises(vim.fault.NoPermission) as caught:
        await asyncio.to_thread(options, world, SHELL_TIMEOUT, 900)
    assert caught.value.privilegeId == "Host.Config.AdvancedConfig"
    assert world.hosts[0].options[SHELL_TIMEOUT] == 0


async def test_the_host_stops_a_shell_that_was_started_under_the_timeout(world: World) -> None:
    esx = world.hosts[0]
    # What runs already is left alone.
    await asyncio.to_thread(options, world, SHELL_TIMEOUT, 600)
    await world.set_service(esx, "TSM", running=True)
    await world.until(lambda: not esx.service("TSM").running)
    assert esx.service("TSM-SSH").running
    await world.set_service(esx, "TSM-SSH", running=False)
    await world.set_service(esx, "TSM-SSH", running=True)
    await world.until(lambda: not esx.service("TSM-SSH").running)
    assert not await reachable(world)


async def test_a_stop_ends_the_timer_and_a_new_start_has_its_own(world: World) -> None:
    esx = world.hosts[0]
    esx.options = {**esx.options, SHELL_TIMEOUT: 200}
    await world.set_service(esx, "TSM-SSH", running=False)
    await world.set_service(esx, "TSM-SSH", running=True)
    await world.set_service(esx, "TSM-SSH", running=False)
    esx.options = {**esx.options, SHELL_TIMEOUT: 0}
    await world.set_service(esx, "TSM-SSH", running=True)
    # A later timer of the same length has run out: an earlier one that was left would have, too.
    esx.options = {**esx.options, SHELL_TIMEOUT: 200}
    await world.set_service(esx, "TSM", running=True)
    await world.until(lambda: not esx.service("TSM").running)
    assert esx.service("TSM-SSH").running
