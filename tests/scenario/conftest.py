"""The stage of every scenario."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.launching import Launch
from bot.demo.stage import Stage, stage


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    """A lab that serves; the bot is not started yet."""
    async with stage(tmp_path, launch=launch) as made:
        yield made
