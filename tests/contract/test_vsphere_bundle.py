"""The NMI by a support bundle of the host: tickets by vCenter, the page on the host's own HTTPS."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.capture.ports import NmiAnswer, NmiReport
from bot.core.errors import Code, OutcomeUnknown
from bot.core.route import Route
from bot.lab.host import Host
from bot.lab.modern import modern_world
from bot.lab.tls import self_signed
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import cut_at, endpoint_of, refusal, without

RUN = NmiReport(answer=NmiAnswer.UNKNOWN, output="HTTP 200")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client
    assert readers(host_of(world)) == []


def host_of(world: World) -> Host:
    return world.vm("PayDB").host


def readers(host: Host) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"bundle-{host.name}"]


async def test_nothing_speaks_against_it(vcenter: PyVmomiVCenter, world: World) -> None:
    assert await vcenter.hindrance(Route.BUNDLE, await vcenter.machine("vm-101")) is None
    assert world.effects == []


async def test_a_host_without_the_manifest(vcenter: PyVmomiVCenter, world: World) -> None:
    host_of(world).nmi_manifest = "absent"
    hindrance = await vcenter.hindrance(Route.BUNDLE, await vcenter.machine("vm-101"))
    assert hindrance is not None
    assert hindrance.code is Code.NO_MANIFEST
    assert hindrance.params == {"host": "esx-11.example.com", "manifest": "HungVM:Send_NMI_To_Guest"}


async def test_a_missing_privilege(vcenter: PyVmomiVCenter, world: World) -> None:
    without(world, "Global.Diagnostics")
    machine = await vcenter.machine("vm-101")
    hindrance = await vcenter.hindrance(Route.BUNDLE, machine)
    assert hindrance is not None
    assert (hindrance.code, hindrance.params["privilege"]) == (Code.ROUTE_PRIVILEGE, "Global.Diagnostics")
    error = await refusal(vcenter.send_nmi(Route.BUNDLE, machine))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, "Global.Diagnostics")
    assert world.effects == []


async def test_a_host_whose_certificate_vcenter_does_not_know(vcenter: PyVmomiVCenter, world: World) -> None:
    host_of(world).certificate = world.vcenter.ca_file.read_text()
    machine = await vcenter.machine("vm-101")
    hindrance = await vcenter.hindrance(Route.BUNDLE, machine)
    assert hindrance is not None
    assert (hindrance.code, hindrance.params["host"]) == (Code.HOST_CERTIFICATE, "esx-11.example.com")
    error = await refusal(vcenter.send_nmi(Route.BUNDLE, machine))
    assert error.code is Code.HOST_CERTIFICATE
    assert world.effects == []


async def test_a_host_that_is_not_there_is_the_one_named(world: World) -> None:
    with_nobody = dataclasses.replace(endpoint_of(world), host_address=lambda _: ("127.0.0.1", 1))
    async with PyVmomiVCenter(with_nobody) as client:
        machine = await client.machine("vm-101")
        hindrance = await client.hindrance(Route.BUNDLE, machine)
        error = await refusal(client.send_nmi(Route.BUNDLE, machine))
    for each in (hindrance, error):
        assert each is not None
        assert each.code is Code.HOST_HTTPS
        assert (each.params["host"], each.params["address"]) == ("esx-11.example.com", "127.0.0.1:1")


async def test_the_nmi_comes_in_the_run_which_nobody_waits_for(vcenter: PyVmomiVCenter, world: World) -> None:
    world.gates.close("bundle:before")
    assert await vcenter.send_nmi(Route.BUNDLE, await vcenter.machine("vm-101")) == RUN
    assert world.nmis == []
    (reader,) = readers(host_of(world))
    world.gates.open("bundle:before")
    guest = world.vm("PayDB").guest
    await world.until(lambda: guest.crashes == 1)
    assert [(nmi.via, nmi.moid) for nmi in world.nmis] == [("bundle", "vm-101")]
    await vcenter._workers.ask(reader.join)
    assert [effect.call for effect in world.effects] == ["vm-support HungVM:Send_NMI_To_Guest"]


async def test_leaving_hangs_up(world: World) -> None:
    world.gates.close("bundle:before")
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        await client.send_nmi(Route.BUNDLE, await client.machine("vm-101"))
        assert len(readers(host_of(world))) == 1
    assert readers(host_of(world)) == []


async def test_a_run_is_read_for_so_long_and_no_longer(world: World) -> None:
    world.gates.close("bundle:before")
    endpoint = dataclasses.replace(endpoint_of(world), bundle_seconds=0.2)
    async with PyVmomiVCenter(endpoint) as client:
        await client.send_nmi(Route.BUNDLE, await client.machine("vm-101"))
        for reader in readers(host_of(world)):
            await client._workers.ask(reader.join)
        assert world.nmis == []


async def test_a_host_that_never_sends_looks_the_same(vcenter: PyVmomiVCenter, world: World) -> None:
    host_of(world).nmi_manifest = "never-sends"
    machine = await vcenter.machine("vm-101")
    assert await vcenter.hindrance(Route.BUNDLE, machine) is None
    assert await vcenter.send_nmi(Route.BUNDLE, machine) == RUN
    for reader in readers(host_of(world)):
        await vcenter._workers.ask(reader.join)
    assert world.nmis == []


async def test_a_machine_that_the_host_has_not_is_not_sent_anything(
    vcenter: PyVmomiVCenter, world: World
) -> None:
    """As when it moved after it was read."""
    machine = await vcenter.machine("vm-101")
    world.vm("PayDB").host = world.host("esx-12.example.com")
    error = await refusal(vcenter.send_nmi(Route.BUNDLE, machine))
    assert (error.code, error.params["fault"]) == (Code.VCENTER_FAULT, "HTTP 404")
    assert (world.nmis, world.effects) == ([], [])


async def test_a_ticket_that_the_host_does_not_take(vcenter: PyVmomiVCenter, world: World) -> None:
    """As when somebody else used it."""
    machine = await vcenter.machine("vm-101")
    gate = "AcquireGenericServiceTicket:after"
    world.gates.close(gate)
    sending = asyncio.create_task(vcenter.send_nmi(Route.BUNDLE, machine))
    await world.gates.reached(gate)
    world.tickets._valid.clear()
    world.gates.open(gate)
    error = await refusal(sending)
    assert (error.code, error.params["fault"]) == (Code.VCENTER_FAULT, "HTTP 403")
    assert (world.nmis, world.effects) == ([], [])


async def test_a_session_lost_before_begins_one_run(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine("vm-101")
    world.vcenter.expire_sessions()
    assert await vcenter.send_nmi(Route.BUNDLE, machine) == RUN
    await world.until(lambda: len(world.nmis) == 1)
    assert len(world.effects) == 1


@asynccontextmanager
async def in_place_of_the_host(
    world: World, *, hangs_up: bool, says: bytes = b""
) -> AsyncIterator[PyVmomiVCenter]:
    """A host that takes the request and gives this answer, or none."""
    host = host_of(world)
    identity = self_signed(host.name, address=host.address)
    host.certificate = identity.pem

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(says)
        if not hangs_up:
            await reader.read()
        writer.close()

    context = identity.server_context(world.folder / "tls")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        endpoint = dataclasses.replace(
            endpoint_of(world), call_seconds=3.0, host_address=lambda _: ("127.0.0.1", port)
        )
        async with PyVmomiVCenter(endpoint) as client:
            yield client
    assert readers(host) == []


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_no_answer_is_unknown(world: World, hangs_up: bool) -> None:
    async with in_place_of_the_host(world, hangs_up=hangs_up) as client:
        machine = await client.machine("vm-101")
        with pytest.raises(OutcomeUnknown) as caught:
            await client.send_nmi(Route.BUNDLE, machine)
        assert caught.value.params["call"] == "the support bundle"
        # Who hangs up may break the run off: a silent host is listened to until it is time.
        assert len(readers(host_of(world))) == (0 if hangs_up else 1)


def answering(world: World, status: int) -> AbstractAsyncContextManager[PyVmomiVCenter]:
    says = f"HTTP/1.1 {status} Because\r\nContent-Length: 0\r\n\r\n"
    return in_place_of_the_host(world, hangs_up=True, says=says.encode())


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_an_answer_that_proves_that_no_run_began(world: World, status: int) -> None:
    async with answering(world, status) as client:
        error = await refusal(client.send_nmi(Route.BUNDLE, await client.machine("vm-101")))
        assert (error.code, error.params["fault"]) == (Code.VCENTER_FAULT, f"HTTP {status}")


@pytest.mark.parametrize("status", [204, 302, 400, 408, 429, 500, 501, 502, 503, 504])
async def test_an_answer_that_proves_nothing(world: World, status: int) -> None:
    async with answering(world, status) as client:
        report = await client.send_nmi(Route.BUNDLE, await client.machine("vm-101"))
        assert report == NmiReport(answer=NmiAnswer.UNKNOWN, output=f"HTTP {status}")


@pytest.mark.parametrize(("gate", "nmis"), [("bundle:before", 0), ("bundle:after", 1)])
async def test_a_run_that_breaks_off_later_was_answered(
    vcenter: PyVmomiVCenter, world: World, gate: str, nmis: int
) -> None:
    assert await cut_at(world, gate, vcenter.send_nmi(Route.BUNDLE, await vcenter.machine("vm-101"))) == RUN
    for reader in readers(host_of(world)):
        await vcenter._workers.ask(reader.join)
    assert len(world.nmis) == nmis
    assert len(world.effects) == 1
