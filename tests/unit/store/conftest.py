from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.unit.store.kit import Place, Store, opened_at


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database, of each kind in its turn."""
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path}/vmdump.db")
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield Place(url, server.password)


@pytest.fixture
def database_url(place: Place) -> str:
    return place.url


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    async with opened_at(place) as database:
        yield Store(database)
