"""Guest operations of the lab: listing, fetching a prefix, and every way to be refused."""

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=2000).serve() as world:
        yield world


def ask(world: World, method: str, path: str, password: str | None = None) -> Any:
    guest = world.vm("DumpTest").guest
    with logged_in(world.vcenter) as instance:
        files = instance.RetrieveContent().guestOperationsManager.fileManager
        auth = vim.vm.guest.NamePasswordAuthentication(
            username=guest.username, password=password or guest.password, interactiveSession=False
        )
        return getattr(files, method)(machine("vm-101", instance), auth, path)


def fetch(world: World, url: str, count: int) -> tuple[int, bytes]:
    """The first bytes of a URL at the host, which is known by its certificate; then the line is cut."""
    parts = urlsplit(url)
    context = ssl.create_default_context(cadata=world.hosts[0].certificate)
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        with connection.getresponse() as response:
            return response.status, response.read(count)
    finally:
        connection.close()


async def test_the_dump_is_listed_by_its_path_and_in_its_folder(world: World) -> None:
    path = r"C:\MemoryDump\MEMORY.DMP"
    (by_path,) = (await asyncio.to_thread(ask, world, "ListFilesInGuest", path)).files
    listed = await asyncio.to_thread(ask, world, "ListFilesInGuest", r"C:\MemoryDump")
    assert listed.remaining == 0
    assert by_path.path == path
    assert [(each.path, each.type) for each in listed.files] == [
        (".", "directory"),
        ("..", "directory"),
        ("MEMORY.DMP", "file"),
    ]
    file = world.vm("DumpTest").guest.file(path)
    assert file is not None
    assert by_path.size == listed.files[2].size == file.size
    assert by_path.attributes.modificationTime == file.modified


async def test_a_prefix_is_fetched_from_the_host_by_a_url_that_works_once(world: World) -> None:
    offer = await asyncio.to_thread(ask, world, "InitiateFileTransferFromGuest", r"C:\MemoryDump\MEMORY.DMP")
    assert urlsplit(offer.url).port == world.hosts[0].https_port != world.vcenter.port
    status, data = await asyncio.to_thread(fetch, world, offer.url, 16384)
    assert (status, data[:8], len(data)) == (200, b"PAGEDU64", 16384)
    assert (await asyncio.to_thread(fetch, world, offer.url, 10))[0] == 404
    again = await asyncio.to_thread(ask, world, "InitiateFileTransferFromGuest", r"C:\MemoryDump\MEMORY.DMP")
    assert (await asyncio.to_thread(fetch, world, again.url, 10))[0] == 200


async def test_folders_are_listed_too(world: World) -> None:
    listed = (await asyncio.to_thread(ask, world, "ListFilesInGuest", "C:\\")).files
    assert [(each.path, each.type) for each in listed[2:]] == [
        ("MemoryDump", "directory"),
        ("pagefile.sys", "file"),
    ]
    with pytest.raises(vim.fault.CannotAccessFile):
        await asyncio.to_thread(ask, world, "InitiateFileTransferFromGuest", r"C:\pagefile.sys")


async def test_a_guest_that_hangs_refuses_or_never_answers(world: World) -> None:
    guest = world.vm("DumpTest").guest
    guest.hung = "refusing"
    with pytest.raises(vim.fault.GuestOperationsUnavailable):
        await asyncio.to_thread(ask, world, "ListFilesInGuest", "C:\\")
    guest.hung = "silent"
    asked = asyncio.create_task(asyncio.to_thread(ask, world, "ListFilesInGuest", "C:\\"))
    await world.until(lambda: world.calls[-1].name == "ListFilesInGuest")
    assert not asked.done()
    world.deliver_nmi(world.hosts[0], 3199732)
    with pytest.raises(vim.fault.GuestOperationsUnavailable):
        await asked
    await world.until(lambda: guest.state == "running" and guest.crashes == 1)
    assert guest.hung is None


async def test_a_missing_file_is_a_fault(world: World) -> None:
    guest = world.vm("DumpTest").guest
    guest.forget(guest.dump_path)
    for method in ("ListFilesInGuest", "InitiateFileTransferFromGuest"):
        with pytest.raises(vim.fault.FileNotFound):
            await asyncio.to_thread(ask, world, method, guest.dump_path)


async def test_a_wrong_guest_password_is_a_fault(world: World) -> None:
    with pytest.raises(vim.fault.InvalidGuestLogin):
        await asyncio.to_thread(ask, world, "ListFilesInGuest", "C:\\", "wrong")


async def test_a_guest_that_is_down_answers_nothing(world: World) -> None:
    world.pace.speed = 0.001
    world.deliver_nmi(world.hosts[0], 3199732)
    assert world.vm("DumpTest").guest.state == "crashed"
    with pytest.raises(vim.fault.GuestOperationsUnavailable):
        await asyncio.to_thread(ask, world, "ListFilesInGuest", "C:\\")


async def test_the_console_needs_a_session(world: World) -> None:
    def picture(cookie: str, moid: str) -> tuple[int, bytes]:
        context = ssl.create_default_context(cafile=str(world.vcenter.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", world.vcenter.port, context=context, timeout=10)
        try:
            connection.request("GET", f"/screen?id={moid}", headers={"Cookie": cookie})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def look() -> list[tuple[int, bytes]]:
        with logged_in(world.vcenter) as instance:
            cookie = instance._stub.cookie
            return [picture(cookie, "vm-101"), picture(cookie, "vm-999"), picture("", "vm-101")]

    found, unknown, stranger = await asyncio.to_thread(look)
    assert (found[0], found[1][:8]) == (200, b"\x89PNG\r\n\x1a\n")
    assert (unknown[0], stranger[0]) == (404, 401)
