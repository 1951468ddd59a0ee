"""Starting and stopping a host's services through the lab's vCenter, gates included."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.world import World
from tests.unit.lab.vim_client import host, logged_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=2000).serve() as world:
        yield world


def call(world: World, method: str, service: str, **options: Any) -> dict[str, bool]:
    """Start or stop a service; gives what runs then."""
    with logged_in(world.vcenter, **options) as instance:
        system = host("host-9", instance).configManager.serviceSystem
        getattr(system, method)(service)
        return {each.key: each.running for each in system.serviceInfo.service}


async def reachable(world: World) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", world.hosts[0].ssh_port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_ssh_answers_only_while_its_service_runs(world: World) -> None:
    port = world.hosts[0].ssh_port
    assert not await reachable(world)
    assert (await asyncio.to_thread(call, world, "StartService", "TSM-SSH"))["TSM-SSH"]
    assert await reachable(world)
    assert not (await asyncio.to_thread(call, world, "StopService", "TSM-SSH"))["TSM-SSH"]
    assert not await reachable(world)
    assert (await asyncio.to_thread(call, world, "StartService", "TSM-SSH"))["TSM-SSH"]
    assert await reachable(world)
    assert world.hosts[0].ssh_port == port


async def test_effects_and_events_are_logged(world: World) -> None:
    for method in ("StartService", "StartService", "StopService"):
        await asyncio.to_thread(call, world, method, "TSM")
    assert [(each.call, each.argument, each.applied) for each in world.effects] == [
        ("StartService", "TSM", True),
        ("StartService", "TSM", True),
        ("StopService", "TSM", True),
    ]
    assert {each.on for each in world.effects} == {"esx-03.example.com"}
    (event,) = world.events.of_kind("LocalTSMEnabledEvent")
    assert event.user == world.vcenter.username


async def test_an_unknown_service_is_a_fault(world: World) -> None:
    with pytest.raises(vim.fault.NotFound):
        await asyncio.to_thread(call, world, "StartService", "telnet")
    assert not world.effects[0].applied


async def test_a_host_that_does_not_answer_starts_nothing(world: World) -> None:
    world.hosts[0].connection_state = "notResponding"
    with pytest.raises(vmodl.fault.HostNotConnected):
        await asyncio.to_thread(call, world, "StartService", "TSM-SSH")
    assert [(each.call, each.applied) for each in world.effects] == [("StartService", False)]
    assert not await reachable(world)
    world.hosts[0].connection_state = "connected"
    assert (await asyncio.to_thread(call, world, "StartService", "TSM-SSH"))["TSM-SSH"]


async def test_a_call_dropped_before_its_effect_has_none(world: World) -> None:
    gate = "StartService:TSM-SSH:before"
    world.gates.close(gate)
    calling = asyncio.create_task(asyncio.to_thread(call, world, "StartService", "TSM-SSH"))
    await world.gates.reached(gate)
    world.gates.open(gate, drop=True)
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the client's socket dies
        await calling
    assert not world.hosts[0].service("TSM-SSH").running
    assert not await reachable(world)
    assert [effect.applied for effect in world.effects] == [False]


async def test_an_answer_that_is_lost_leaves_the_effect(world: World) -> None:
    gate = "StartService:TSM-SSH:after"
    world.gates.close(gate)
    calling = asyncio.create_task(asyncio.to_thread(call, world, "StartService", "TSM-SSH"))
    await world.gates.reached(gate)
    assert world.hosts[0].service("TSM-SSH").running
    world.gates.open(gate, drop=True)
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the client's socket dies
        await calling
    assert await reachable(world)
    assert [effect.applied for effect in world.effects] == [True]


async def test_a_start_whose_client_gave_up_lands_late(world: World) -> None:
    gate = "StartService:TSM-SSH:before"
    world.gates.close(gate)
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(call, world, "StartService", "TSM-SSH", httpConnectionTimeout=2)
    await world.gates.reached(gate)
    world.gates.open(gate)
    await world.until(lambda: world.hosts[0].service("TSM-SSH").running)


async def test_a_service_of_the_story_runs_from_the_start(tmp_path: Path) -> None:
    site = article_world(tmp_path, speed=2000)
    site.hosts[0].service("TSM-SSH").running = True
    async with site.serve() as world:
        assert await reachable(world)


async def test_the_end_of_the_world_frees_who_waits_at_a_gate(tmp_path: Path) -> None:
    async with article_world(tmp_path, speed=2000).serve() as world:
        world.gates.close("StartService:TSM:before")
        calling = asyncio.create_task(asyncio.to_thread(call, world, "StartService", "TSM"))
        await world.gates.reached("StartService:TSM:before")
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the client's socket dies
        await calling
