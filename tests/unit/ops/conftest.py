from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.store.kit import Store, opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as database:
        yield Store(database)
