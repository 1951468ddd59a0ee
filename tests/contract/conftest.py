"""Both sites of the lab with a client, and other people's programs that contracts are checked against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.govmomi_build import built
from tests.contract.vcsim_server import Vcsim, serving
from tests.contract.vsphere_client import client_of


@pytest.fixture(scope="session")
def vcsim_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("vcsim", tmp_path_factory)


@pytest.fixture
async def vcsim(vcsim_program: Path) -> AsyncIterator[Vcsim]:
    async with serving(vcsim_program) as served:
        yield served


@pytest.fixture(params=[article_world, modern_world], ids=["5.5", "8.0"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with request.param(tmp_path, speed=200.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with client_of(world) as client:
        yield client
