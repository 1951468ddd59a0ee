"""Stopping the bot: in time, with status 0, and with nothing lost."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import pytest

from bot.core.events import NmiUnknown, NotVerified
from bot.demo.judging import trouble
from bot.demo.settings import change_settings
from bot.demo.stage import Stage
from bot.ops.stopping import STOP_SECONDS
from tests.fault.kit import approve, end, kinds

pytestmark = pytest.mark.slow


@contextmanager
def patient(lab: Stage) -> Iterator[None]:
    """A bot that is started in the block has the shipped time-outs, longer than stopping may take."""
    kept: dict[str, Any] = {}
    change_settings(lab, lambda site: kept.update(site.pop("timeouts")))
    yield
    change_settings(lab, lambda site: site.update(timeouts=kept))


def watched(site: dict[str, Any]) -> None:
    site["ops"] = {"listen": "127.0.0.1:0"}


async def get(lab: Stage, path: str) -> tuple[int, str]:
    """What the bot answers that was started last."""
    port = re.findall(r"health and metrics on port (\d+)", lab.log.read_text())[-1]
    async with aiohttp.request("GET", f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def test_a_bot_that_is_well_says_so_and_counts(lab: Stage) -> None:
    change_settings(lab, watched)
    await lab.start_bot("--log-format", "json")
    assert (await get(lab, "/healthz"))[0] == 200
    status, answer = await get(lab, "/readyz")
    assert (status, json.loads(answer)["checks"]) == (
        200,
        {"slack": "ok", "database": "ok", "vcenter vc1": "ok"},
    )
    await approve(lab)
    record = await lab.closed()
    _, page = await get(lab, "/metrics")
    for line in (
        'vmdump_requests_closed_total{outcome="captured"} 1.0',
        'vmdump_entries_total{kind="nmi-sent"} 1.0',
        "vmdump_debts_open 0.0",
        "vmdump_approval_to_nmi_seconds_count 1.0",
        'vmdump_vcenter_call_seconds_count{call="make",result="ok",vcenter="vc1"} 2.0',
    ):
        assert line in page
    assert await lab.stop_bot() == 0
    told = [json.loads(line) for line in lab.log.read_text().splitlines()]
    assert not [line for line in told if line["level"] not in ("info", "debug")]
    assert record["request"]["id"] in {line.get("request") for line in told}


async def stopped(lab: Stage) -> float:
    """Stops the bot; the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await lab.stop_bot() == 0
    return loop.time() - began


async def test_between_two_looks_at_the_guest(lab: Stage) -> None:
    """A capture that finds its connections closed must not take that for the end of its request."""
    await lab.start_bot()
    await approve(lab)
    for words in ("NMI sent ", "The guest crashed"):
        await lab.said(words)
        assert await stopped(lab) < STOP_SECONDS
        assert trouble(lab) == []
        await lab.start_bot()
    record = await lab.closed()
    assert len(lab.world.nmis) == 1
    assert record["request"]["outcome"] == "captured"
    assert not {NmiUnknown.kind, NotVerified.kind} & set(kinds(record))


@pytest.mark.parametrize("gate", ["StartService:TSM-SSH:after", "vmdumper:after"])
async def test_while_a_call_hangs(lab: Stage, gate: str) -> None:
    with patient(lab):
        await lab.start_bot()
    lab.world.gates.close(gate)
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached(gate))
    assert await stopped(lab) < STOP_SECONDS + 1.5
    lab.world.gates.open(gate)
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"


async def test_told_twice(lab: Stage) -> None:
    with patient(lab):
        await lab.start_bot()
    gate = "StartService:TSM-SSH:before"
    lab.world.gates.close(gate)
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached(gate))
    process = lab.process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    # It takes nothing in any more, and waits for the call.
    await lab.slack.workspace.feed.until(lambda: lab.slack._socket.live == 0)
    began = asyncio.get_running_loop().time()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == -signal.SIGTERM
    assert asyncio.get_running_loop().time() - began < 1


async def test_while_slack_is_silent(lab: Stage) -> None:
    async with between(lab) as line:
        change_settings(lab, watched)
        with patient(lab):
            await lab.start_bot()
        await approve(lab)
        await lab.said("NMI sent ")
        line.silent.set()
        lab.slack.cut_connections()
        status, answer = await get(lab, "/readyz")
        checks = json.loads(answer)["checks"]
        assert status == 503
        assert "[slack-unreachable]" in checks.pop("slack")
        assert checks == {"database": "ok", "vcenter vc1": "ok"}
        assert (await get(lab, "/healthz"))[0] == 200
        assert await stopped(lab) < STOP_SECONDS + 1.5
        line.silent.clear()
        await lab.start_bot()
        record = await lab.closed()
    assert record["request"]["outcome"] == "captured"
    assert len(lab.world.nmis) == 1


class Line:
    """A line that carries bytes both ways, until it falls silent: then it takes all and gives nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.silent = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._copy(reader, back))
                tasks.create_task(self._copy(there, writer))
        except* ConnectionError:
            pass
        finally:
            for end_ in (writer, back):
                end_.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if not self.silent.is_set():
                sink.write(data)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def between(lab: Stage) -> AsyncIterator[Line]:
    """The bot's calls to Slack's Web API go through the line."""
    port = int(lab.slack.api_url.split(":")[2].split("/")[0])
    line = Line(port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    async with server:
        here = server.sockets[0].getsockname()[1]
        url = lab.slack.api_url.replace(f":{port}/", f":{here}/")
        change_settings(lab, lambda site: site["slack"].update(api_url=url))
        yield line
        await lab.kill_bot()
