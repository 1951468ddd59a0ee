"""Lost answers, lost sessions, slow servers: what is repeated and what is not."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.lab.article import article_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter, VCenterEndpoint
from tests.contract.vsphere_client import HOST, SSH, endpoint_of


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


def forget_session(client: PyVmomiVCenter) -> None:
    """As if vCenter had been restarted: it no longer knows the cookie."""
    link = client._session._link
    assert link is not None
    link.stub.cookie = 'vmware_soap_session="forgotten"; Path=/'


async def test_an_effect_whose_answer_is_lost_is_unknown_and_sent_once(
    vcenter: PyVmomiVCenter, world: World
) -> None:
    gate = "StartService:TSM-SSH:after"
    world.gates.close(gate)

    async def cut_the_line() -> None:
        await world.gates.reached(gate)
        world.gates.open(gate, drop=True)

    error, _ = await asyncio.gather(vcenter.make(SSH), cut_the_line(), return_exceptions=True)
    assert isinstance(error, OutcomeUnknown)
    assert error.params["call"] == "changing SSH"
    assert [effect.call for effect in world.effects] == ["StartService"]
    assert world.host(HOST).service("TSM-SSH").running


async def test_questions_share_one_new_login(world: World) -> None:
    logins: list[str] = []

    def password() -> str:
        logins.append("")
        return world.vcenter.password

    endpoint = dataclasses.replace(endpoint_of(world), password=password)
    async with PyVmomiVCenter(endpoint) as client:
        await asyncio.gather(*(client.clock() for _ in range(8)))
        assert len(logins) == 1
        forget_session(client)
        await asyncio.gather(*(client.machine("vm-101") for _ in range(8)))
        assert len(logins) == 2


async def test_an_effect_after_a_lost_session_is_sent_once(vcenter: PyVmomiVCenter, world: World) -> None:
    await vcenter.clock()
    forget_session(vcenter)
    await vcenter.make(SSH)
    assert [effect.call for effect in world.effects] == ["StartService"]


async def test_a_picture_after_a_lost_session(vcenter: PyVmomiVCenter) -> None:
    await vcenter.clock()
    forget_session(vcenter)
    assert (await vcenter.screenshot("vm-101")).startswith(b"\x89PNG")


async def test_an_effect_given_up_after_it_was_sent_is_unknown(world: World) -> None:
    gate = "StopService:TSM-SSH:before"
    await world.set_service(world.host(HOST), "TSM-SSH", running=True)
    endpoint = dataclasses.replace(endpoint_of(world), call_seconds=1.0)
    async with PyVmomiVCenter(endpoint) as client:
        await client.clock()
        world.gates.close(gate)
        with pytest.raises(OutcomeUnknown) as caught:
            await client.put_back(SSH)
        assert caught.value.params["cause"] == "time-out"
        world.gates.open(gate)


async def test_a_question_that_takes_too_long(world: World) -> None:
    endpoint = dataclasses.replace(endpoint_of(world), call_seconds=0.5, socket_seconds=2)
    async with PyVmomiVCenter(endpoint) as client:
        world.gates.close("CurrentTime:before")
        with pytest.raises(VmdumpError) as caught:
            await client.clock()
        world.gates.open("CurrentTime:before")
    assert caught.value.code is Code.VCENTER_TIMEOUT
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_effect_given_up_before_it_was_sent_never_arrives(world: World) -> None:
    endpoint = dataclasses.replace(endpoint_of(world), call_seconds=0.5)
    async with PyVmomiVCenter(endpoint) as client:
        await client.clock()
        world.gates.close("CurrentTime:before")
        with pytest.raises(VmdumpError) as caught:
            await client.log_user_event("vm", "vm-101", "late")
        world.gates.open("CurrentTime:before")
    # The thread goes on from there; nothing may come of it.
    await asyncio.to_thread(client._workers._threads.shutdown)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert [event for event in world.events.logged if event.message == "late"] == []


async def test_the_session_is_kept_alive(world: World) -> None:
    gate = "CurrentTime:before"
    world.gates.close(gate)
    async with PyVmomiVCenter(dataclasses.replace(endpoint_of(world), keep_alive_seconds=0.01)):
        await world.gates.reached(gate)
        world.gates.open(gate)


async def test_legacy_tls_still_checks_the_certificate(world: World) -> None:
    endpoint = dataclasses.replace(endpoint_of(world), legacy_tls=True)
    async with PyVmomiVCenter(endpoint) as client:
        await client.clock()
    async with PyVmomiVCenter(dataclasses.replace(endpoint, ca_file=None)) as client:
        with pytest.raises(VmdumpError) as caught:
            await client.clock()
    assert caught.value.code is Code.VCENTER_CERTIFICATE


async def test_a_vm_that_may_not_be_read_hides_no_other(world: World) -> None:
    world.vcenter.unreadable.add(("vm-102", "config.instanceUuid"))
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        names = {n.moid: n.instance_uuid for n in await client.names()}
    assert len(names) == len(world.vms)
    assert names["vm-102"] == ""


async def test_a_withheld_property_names_the_privilege(vcenter: PyVmomiVCenter, world: World) -> None:
    world.vcenter.unreadable.add(("vm-101", "config.uuid"))
    with pytest.raises(VmdumpError) as caught:
        await vcenter.machine("vm-101")
    assert (caught.value.code, caught.value.params["privilege"]) == (Code.VCENTER_PERMISSION, "System.Read")


def _endpoint(port: int, ca_file: Path | None = None) -> VCenterEndpoint:
    return VCenterEndpoint(
        name="vc1",
        host="127.0.0.1",
        port=port,
        username="u",
        password=lambda: "p",
        ca_file=ca_file,
        socket_seconds=0.5,
        call_seconds=5,
    )


async def _failure(endpoint: VCenterEndpoint) -> VmdumpError:
    """Of an effect: nothing was sent, so it is known that nothing happened."""
    async with PyVmomiVCenter(endpoint) as client:
        with pytest.raises(VmdumpError) as caught:
            await client.log_user_event("vm", "vm-101", "x")
    assert not isinstance(caught.value, OutcomeUnknown)
    return caught.value


async def test_a_closed_port() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        error = await _failure(_endpoint(reserved.getsockname()[1]))
    assert error.code is Code.VCENTER_UNREACHABLE
    assert error.params["cause"] == "Connection refused"


async def test_a_name_that_does_not_resolve() -> None:
    error = await _failure(dataclasses.replace(_endpoint(443), host="nowhere.invalid"))
    assert error.code is Code.VCENTER_UNREACHABLE


async def test_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = await _failure(_endpoint(silent.getsockname()[1]))
    assert error.code is Code.VCENTER_TIMEOUT


async def test_a_ca_file_that_is_not_there(tmp_path: Path) -> None:
    error = await _failure(_endpoint(443, tmp_path / "none.pem"))
    assert error.code is Code.VCENTER_CERTIFICATE
    assert "none.pem is not readable" in str(error.params["cause"])
