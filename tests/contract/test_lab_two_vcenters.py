"""Two worlds served side by side know nothing of each other."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.center import Center
from bot.lab.modern import modern_world
from bot.lab.serving import serving
from bot.lab.world import World
from tests.unit.lab.vim_client import host, list_by_view, logged_in, machine


@pytest.fixture
async def worlds(tmp_path: Path) -> AsyncIterator[tuple[World, ...]]:
    sites = article_world(tmp_path / "article", speed=2000), modern_world(tmp_path / "modern", speed=2000)
    async with serving(*sites) as served:
        yield served


async def test_each_lists_its_own_machines(worlds: tuple[World, ...]) -> None:
    def names(center: Center) -> list[str]:
        with logged_in(center) as instance:
            found = list_by_view(instance.RetrieveContent(), vim.VirtualMachine, ["name"])
            return sorted(each["name"] for each in found)

    listed = await asyncio.gather(*(asyncio.to_thread(names, world.vcenter) for world in worlds))
    assert listed == [sorted(vm.name for vm in world.vms) for world in worlds]


async def test_the_same_id_is_another_machine(worlds: tuple[World, ...]) -> None:
    def name(center: Center) -> Any:
        with logged_in(center) as instance:
            return machine("vm-101", instance).name

    assert [await asyncio.to_thread(name, world.vcenter) for world in worlds] == ["DumpTest", "PayDB"]


async def test_an_account_and_an_authority_are_of_one_only(worlds: tuple[World, ...]) -> None:
    article, modern = (world.vcenter for world in worlds)

    def enter() -> None:
        with logged_in(article, password=modern.password):
            pass

    with pytest.raises(vim.fault.InvalidLogin):
        await asyncio.to_thread(enter)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection(
            "127.0.0.1", article.port, ssl=ssl.create_default_context(cafile=str(modern.ca_file))
        )


async def test_what_is_done_in_one_is_done_in_one(worlds: tuple[World, ...]) -> None:
    article, modern = worlds
    moid = modern.hosts[0].moid

    def start() -> None:
        with logged_in(modern.vcenter) as instance:
            host(moid, instance).configManager.serviceSystem.StartService("TSM-SSH")

    article.gates.close("StartService:TSM-SSH:before")
    await asyncio.to_thread(start)
    assert [effect.on for effect in modern.effects] == ["esx-11.example.com"]
    assert (article.effects, article.events.logged) == ([], [])
    modern.deliver_nmi(modern.hosts[0], modern.vm("PayDB").world_id or 0)
    await modern.until(lambda: modern.vm("PayDB").guest.state == "running")
    assert article.nmis == []


async def test_worlds_do_not_share_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a folder of its own"):
        async with serving(article_world(tmp_path), modern_world(tmp_path)):
            pass
