"""Other people's programs that several contracts are checked against."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.govmomi_build import built


@pytest.fixture(scope="session")
def vcsim_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("vcsim", tmp_path_factory)
