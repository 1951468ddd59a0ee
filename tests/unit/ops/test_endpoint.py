"""What the endpoint answers, asked over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from sqlalchemy.exc import OperationalError

from bot.core.errors import Code, VmdumpError
from bot.ops import endpoint
from bot.ops.endpoint import Health, watched
from bot.ops.metrics import Metrics
from bot.ops.probe import Probe
from bot.store.counting import touch
from tests.unit.store.kit import Store

Get = Callable[[str], Awaitable[tuple[int, Any]]]


@asynccontextmanager
async def asking(
    store: Store, probes: dict[str, Probe], looked_at: float | None = None
) -> AsyncIterator[Get]:
    health = Health(lambda: looked_at, probes)
    async with (
        watched("127.0.0.1", 0, health, Metrics(store.database, store.clock)) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):

        async def get(path: str) -> tuple[int, Any]:
            async with session.get(path) as response:
                is_json = response.content_type == "application/json"
                return response.status, await response.json() if is_json else await response.text()

        yield get


async def well() -> None:
    return None


async def down() -> None:
    raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint="vc1")


async def test_all_is_well(store: Store) -> None:
    probes = {"slack": Probe(well), "database": Probe(lambda: store.database.write(touch))}
    async with asking(store, probes) as get:
        assert (await get("/healthz"))[0] == 200
        assert await get("/readyz") == (200, {"ready": True, "checks": {"slack": "ok", "database": "ok"}})
        status, page = await get("/metrics")
        assert status == 200
        assert "# TYPE vmdump_debts_open gauge" in page
        assert (await get("/"))[0] == 404


async def test_what_is_missing_is_named(store: Store) -> None:
    async with asking(store, {"slack": Probe(well), "vcenter vc1": Probe(down)}) as get:
        status, answer = await get("/readyz")
    assert (status, answer["ready"], answer["checks"]["slack"]) == (503, False, "ok")
    assert "vc1" in answer["checks"]["vcenter vc1"]
    assert "[vcenter-timeout]" in answer["checks"]["vcenter vc1"]


async def test_a_database_that_cannot_be_written(store: Store) -> None:
    await store.open()
    await store.sql("PRAGMA query_only = ON")
    with pytest.raises(OperationalError):
        await store.database.write(touch)
    async with asking(store, {"database": Probe(lambda: store.database.write(touch))}) as get:
        assert await get("/readyz") == (503, {"ready": False, "checks": {"database": "OperationalError"}})


async def test_a_dispatcher_that_does_not_look(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = asyncio.get_running_loop().time()
    async with asking(store, {}, looked_at=now - 5) as get:
        assert (await get("/healthz"))[0] == 200
        monkeypatch.setattr(endpoint, "SILENT_SECONDS", 4.0)
        status, answer = await get("/healthz")
    assert (status, answer["alive"]) == (503, False)


async def test_metrics_without_a_database(store: Store) -> None:
    async with asking(store, {}) as get:
        await store.sql("DROP TABLE journals")
        assert (await get("/metrics"))[0] == 503


async def test_a_port_that_is_taken(store: Store) -> None:
    metrics = Metrics(store.database, store.clock)
    async with watched("127.0.0.1", 0, Health(lambda: None, {}), metrics) as port:
        with pytest.raises(VmdumpError) as raised:
            async with watched("127.0.0.1", port, Health(lambda: None, {}), metrics):
                pass
    assert raised.value.code is Code.CONFIG


async def test_an_answer_is_kept_for_a_while() -> None:
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise ValueError

    probe = Probe(ask)
    first, second = await asyncio.gather(probe.fault(), probe.fault())
    assert (first, second) == ("ValueError", "ValueError")
    assert await probe.fault() == "ValueError"
    assert asked == 1
    fresh = Probe(ask, fresh=0.0)
    await fresh.fault()
    await fresh.fault()
    assert asked == 3


async def test_a_question_that_hangs_is_not_asked_twice() -> None:
    asked, answer = 0, asyncio.Event()

    async def ask() -> None:
        nonlocal asked
        asked += 1
        await answer.wait()

    probe = Probe(ask, patience=0.01)
    assert await probe.fault() == "no answer in 0.01 s"
    assert await probe.fault() == "no answer in 0.01 s"
    assert asked == 1
    answer.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await probe.fault() is None
    hanging = Probe(asyncio.Event().wait, patience=0.01)
    await hanging.fault()
    await hanging.close()
