"""The host's support bundle that sends an NMI: tickets by pyVmomi's client, bundles by http.client."""

import asyncio
import hashlib
import http.client
import io
import ssl
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in

CGI = "/cgi-bin/vm-support.cgi"
LIST = f"{CGI}?listmanifests=1"
NMI_ID = "HungVM:Send_NMI_To_Guest"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "7.0.3.2", "7.0.3"
    site.hosts[0].nmi_manifest = "works"
    async with site.serve() as world:
        yield world


def nmi(world: World, name: str = "DumpTest") -> str:
    vmx = quote(world.vm(name).vmx_file, safe="")
    return f"{CGI}?manifests={quote(NMI_ID, safe='')}&vm={vmx}"


def ticket(world: World, path: str, *, at: str = "esx-03.example.com", method: str = "httpGet") -> Any:
    with logged_in(world.vcenter) as instance:
        spec = vim.SessionManager.HttpServiceRequestSpec(method=method, url=f"https://{at}{path}")
        return instance.RetrieveContent().sessionManager.AcquireGenericServiceTicket(spec)


def get(world: World, path: str, key: str | None) -> tuple[int, bytes]:
    """What the host answers; the connection may break, in which case less comes than was promised."""
    host = world.hosts[0]
    context = ssl.create_default_context(cadata=host.certificate)
    connection = http.client.HTTPSConnection(host.address, host.https_port, context=context, timeout=20)
    try:
        connection.request("GET", path, headers={"Cookie": f"vmware_cgi_ticket={key}"} if key else {})
        with connection.getresponse() as response:
            return response.status, response.read()
    finally:
        connection.close()


async def fetch(world: World, path: str) -> tuple[int, bytes]:
    made = await asyncio.to_thread(ticket, world, path)
    return await asyncio.to_thread(get, world, path, made.id)


async def ids(world: World) -> list[str]:
    status, text = await fetch(world, LIST)
    assert status == 200
    return [each.attrib["id"] for each in ET.fromstring(text)[0]]  # noqa: S314 - the lab's own words


async def test_the_ticket_names_the_host_and_its_certificate(world: World) -> None:
    made = await asyncio.to_thread(ticket, world, LIST)
    certificate = ssl.PEM_cert_to_DER_cert(world.hosts[0].certificate)
    sha256 = hashlib.sha256(certificate).hexdigest()
    assert made.hostName == "esx-03.example.com"
    assert made.sslThumbprint.replace(":", "").lower() == hashlib.sha1(certificate).hexdigest()  # noqa: S324 - vCenter's own
    (listed,) = made.certThumbprintList
    assert (listed.hashAlgorithm, listed.thumbprint.replace(":", "").lower()) == ("sha256", sha256)


async def test_a_host_of_6_5_offers_the_manifest_and_an_older_one_does_not(
    world: World, tmp_path: Path
) -> None:
    assert NMI_ID in await ids(world)
    older = article_world(tmp_path / "older").hosts[0]
    world.hosts[0].nmi_manifest = older.nmi_manifest
    assert NMI_ID not in await ids(world)
    assert (await fetch(world, nmi(world)))[0] == 400
    assert world.nmis == []


async def test_the_nmi_comes_in_the_course_of_the_bundle(world: World) -> None:
    path = nmi(world)
    made = await asyncio.to_thread(ticket, world, path)
    world.gates.close("bundle:before")
    running = asyncio.create_task(asyncio.to_thread(get, world, path, made.id))
    await world.gates.reached("bundle:before")
    assert world.nmis == []
    world.gates.open("bundle:before")
    status, bundle = await running
    assert status == 200
    assert len(bundle) > 300_000
    with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:gz") as archive:
        assert archive.getnames() == ["esx-esx-03.example.com/var/run/log/vmkernel.log"]
    (sent,) = world.nmis
    assert (sent.via, sent.moid, sent.world_id) == ("bundle", "vm-101", 3199732)
    (effect,) = world.effects
    assert (effect.user, effect.call) == (world.vcenter.username, f"vm-support {NMI_ID}")
    assert (effect.on, effect.argument) == ("esx-03.example.com", world.vm("DumpTest").vmx_file)
    assert effect.applied


@pytest.mark.parametrize(("gate", "nmis"), [("bundle:before", 0), ("bundle:after", 1)])
async def test_a_run_is_broken_off_at_its_gate(world: World, gate: str, nmis: int) -> None:
    path = nmi(world)
    made = await asyncio.to_thread(ticket, world, path)
    world.gates.close(gate)
    running = asyncio.create_task(asyncio.to_thread(get, world, path, made.id))
    await world.gates.reached(gate)
    world.gates.open(gate, drop=True)
    with pytest.raises((http.client.IncompleteRead, OSError)):
        await running
    assert len(world.nmis) == nmis


async def test_a_run_whose_client_went_away_goes_on(world: World) -> None:
    path = nmi(world)
    made = await asyncio.to_thread(ticket, world, path)
    world.gates.close("bundle:before")

    def ask_and_leave() -> None:
        host = world.hosts[0]
        context = ssl.create_default_context(cadata=host.certificate)
        connection = http.client.HTTPSConnection(host.address, host.https_port, context=context, timeout=20)
        connection.request("GET", path, headers={"Cookie": f"vmware_cgi_ticket={made.id}"})
        connection.close()

    await asyncio.to_thread(ask_and_leave)
    await world.gates.reached("bundle:before")
    world.gates.open("bundle:before")
    await world.until(lambda: len(world.nmis) == 1)


async def test_a_host_may_accept_and_never_send(world: World) -> None:
    world.hosts[0].nmi_manifest = "never-sends"
    assert NMI_ID in await ids(world)
    status, bundle = await fetch(world, nmi(world))
    assert (status, len(bundle) > 300_000) == (200, True)
    assert world.nmis == []
    assert [each.applied for each in world.effects] == [False]


async def test_a_machine_that_is_off_gets_a_bundle_and_no_nmi(world: World) -> None:
    assert (await fetch(world, nmi(world, "archive")))[0] == 200
    assert world.nmis == []


async def test_an_unknown_machine_is_not_found(world: World) -> None:
    path = nmi(world).replace("DumpTest.vmx", "Other.vmx")
    assert (await fetch(world, path))[0] == 404
    assert world.effects == []


async def test_a_ticket_is_good_for_its_one_request_once(world: World) -> None:
    path = nmi(world)
    assert (await asyncio.to_thread(get, world, path, None))[0] == 403
    assert (await asyncio.to_thread(get, world, path, "made-up"))[0] == 403
    of_list = await asyncio.to_thread(ticket, world, LIST)
    assert (await asyncio.to_thread(get, world, path, of_list.id))[0] == 403
    # It is used up by the wrong request, too.
    assert (await asyncio.to_thread(get, world, LIST, of_list.id))[0] == 403
    made = await asyncio.to_thread(ticket, world, LIST, at=f"127.0.0.1:{world.hosts[0].https_port}")
    assert (await asyncio.to_thread(get, world, LIST, made.id))[0] == 200
    assert (await asyncio.to_thread(get, world, LIST, made.id))[0] == 403
    assert world.nmis == []


async def test_tickets_are_not_for_everything_and_everybody(world: World) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(ticket, world, LIST, at="esx-99.example.com")
    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(ticket, world, LIST, method="httpPost")
    world.vcenter.privileges = frozenset()
    with pytest.raises(vim.fault.NoPermission) as caught:
        await asyncio.to_thread(ticket, world, LIST)
    assert caught.value.privilegeId == "Global.Diagnostics"
