from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.capture.site import Site, site


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path) as made:
        yield made
