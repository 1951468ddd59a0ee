"""What is kept of an inventory where vCenter does not say what changes in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar, cast

import pytest

from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.inventory_cache import InventoryCache
from bot.vsphere.session import Link, Session
from tests.unit.vsphere.collector import answering

T = TypeVar("T")
ENDPOINT = VCenterEndpoint(name="vc1", host="127.0.0.1", username="u", password=lambda: "p")


class Open:
    """A session that is open already."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def ask(self, question: Callable[[Link], T]) -> T:
        return question(self._link)


async def test_a_server_without_updates_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with answering({}) as link:
            cache = InventoryCache(ENDPOINT, cast("Session", Open(link)))
            cache.start()
            await asyncio.wrap_future(cache._ended)
    assert cache.names() is None
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name.startswith("bot.")] == [
        ("INFO", "vCenter vc1 does not report changes: it is asked for its VMs")
    ]
    await cache.close()


async def test_one_that_was_never_started_can_be_closed() -> None:
    async with answering({}) as link:
        cache = InventoryCache(ENDPOINT, cast("Session", Open(link)))
        await cache.close()
    assert cache.names() is None
