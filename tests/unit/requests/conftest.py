from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.requests.office import Office
from tests.unit.store.kit import opened


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as database:
        yield Office(database)
