"""A first week: a vCenter that restarts, forgets, is full, or shows another certificate or password."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.lab.article import article_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import HOST, SSH, endpoint_of

VM = "vm-101"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    """Logged in already."""
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        await client.clock()
        yield client


async def expired(world: World) -> None:
    world.vcenter.expire_sessions()


async def dropped(world: World) -> None:
    world.vcenter.drop_connections()


async def restarted(world: World) -> None:
    await world.vcenter.stop()
    await world.vcenter.start()


@pytest.mark.parametrize("outage", [expired, dropped, restarted], ids=lambda outage: outage.__name__)
async def test_a_question_and_an_effect_after_it_go_on(
    vcenter: PyVmomiVCenter, world: World, outage: Callable[[World], Awaitable[None]]
) -> None:
    await outage(world)
    assert (await vcenter.machine(VM)).target.name == "DumpTest"
    await outage(world)
    await vcenter.make(SSH)
    assert [effect.call for effect in world.effects] == ["StartService"]
    assert world.host(HOST).service("TSM-SSH").running


async def test_while_it_is_down_it_is_said_and_nothing_is_sent(vcenter: PyVmomiVCenter, world: World) -> None:
    await world.vcenter.stop()
    for asking in (vcenter.machine(VM), vcenter.make(SSH)):
        with pytest.raises(VmdumpError) as caught:
            await asking
        assert caught.value.code is Code.VCENTER_UNREACHABLE
        assert not isinstance(caught.value, OutcomeUnknown)
    await world.vcenter.start()
    assert (await vcenter.machine(VM)).target.name == "DumpTest"
    assert world.effects == []


async def test_another_certificate_is_not_spoken_to(vcenter: PyVmomiVCenter, world: World) -> None:
    await world.vcenter.change_certificate()
    with pytest.raises(VmdumpError) as caught:
        await vcenter.machine(VM)
    assert caught.value.code is Code.VCENTER_CERTIFICATE
    with pytest.raises(VmdumpError) as caught:
        await vcenter.make(SSH)
    assert caught.value.code is Code.VCENTER_CERTIFICATE
    assert world.effects == []


async def test_a_certificate_renewed_by_the_same_authority_is(vcenter: PyVmomiVCenter, world: World) -> None:
    await world.vcenter.change_certificate(other_authority=False)
    assert (await vcenter.machine(VM)).target.name == "DumpTest"


async def test_a_rotated_password_is_read_anew_at_the_next_login(world: World) -> None:
    kept = [world.vcenter.password]
    endpoint = dataclasses.replace(endpoint_of(world), password=lambda: kept[-1], login_pause_seconds=0.0)
    async with PyVmomiVCenter(endpoint) as client:
        await client.clock()
        fresh = world.vcenter.rotate_password()
        assert (await client.machine(VM)).target.name == "DumpTest"
        world.vcenter.expire_sessions()
        with pytest.raises(VmdumpError) as caught:
            await client.machine(VM)
        assert caught.value.code is Code.VCENTER_LOGIN
        kept.append(fresh)
        assert (await client.machine(VM)).target.name == "DumpTest"


async def test_a_vcenter_that_is_full_is_told_apart_from_one_that_is_away(world: World) -> None:
    world.vcenter.session_limit = 0
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        with pytest.raises(VmdumpError) as caught:
            await client.clock()
        assert caught.value.code is Code.VCENTER_UNREACHABLE
        assert "503" in str(caught.value.params["cause"])
        world.vcenter.session_limit = None
        await client.clock()


async def test_a_slow_vcenter_is_given_up_and_the_effect_is_not_sent_later(world: World) -> None:
    endpoint = dataclasses.replace(endpoint_of(world), call_seconds=1.0)
    async with PyVmomiVCenter(endpoint) as client:
        await client.clock()
        world.vcenter.answers_after = 30.0
        async with asyncio.timeout(20):
            with pytest.raises(VmdumpError) as caught:
                await client.make(SSH)
        assert caught.value.code is Code.VCENTER_TIMEOUT
        assert world.effects == []
