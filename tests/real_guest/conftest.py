"""Whether a real guest can be made here."""

from __future__ import annotations

import os

import pytest

from bot.lab.qemu.error import RealGuestError
from bot.lab.qemu.needs import find_needs


@pytest.fixture(scope="session", autouse=True)
def _needed() -> None:
    try:
        find_needs()
    except RealGuestError as error:
        if os.environ.get("VMDUMP_CI") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
