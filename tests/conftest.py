"""What tests of several rooms start, and how hypothesis looks for counterexamples."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from bot.demo.launching import Launch
from tests.forked.launching import fork_server
from tests.postgres import Server, programs, server

# How long one example takes says how busy the machine is, and nothing about the product.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A check before landing must say the same twice; whoever develops looks further with each run.
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("VMDUMP_CI") == "1" else "here")


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


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts the bot without importing it anew each time."""
    with fork_server() as made:
        yield made
