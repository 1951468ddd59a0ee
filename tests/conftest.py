"""What tests of several rooms start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.postgres import Server, programs, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests; each takes a database of its own from it."""
    found = programs()
    if found is None:
        if os.environ.get("VMDUMP_CI") == "1":
            pytest.fail("PostgreSQL's server is not installed (Debian: postgresql)")
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with server(found) as made:
        yield made
