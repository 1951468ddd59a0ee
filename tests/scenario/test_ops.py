"""Stopping the bot: in time, with status 0, and with nothing lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from bot.core.events import NmiUnknown, NotVerified
from bot.demo.stage import Stage
from bot.ops.stopping import STOP_SECONDS
from tests.fault.kit import approve, end, kinds
from tests.scenario.kit import change_settings, trouble

pytestmark = pytest.mark.slow


@contextmanager
def patient(lab: Stage) -> Iterator[None]:
    """A bot that is started in the block has the shipped time-outs, longer than stopping may take."""
    kept: dict[str, Any] = {}
    change_settings(lab, lambda site: kept.update(site.pop("timeouts")))
    yield
    change_settings(lab, lambda site: site.update(timeouts=kept))


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
        with patient(lab):
            await lab.start_bot()
        await lab.ask()
        plan = await lab.approval_message()
        line.silent.set()
        lab.slack.cut_connections()
        reaction = await lab.react("bob", plan)
        assert await stopped(lab) < STOP_SECONDS + 1.5
        line.silent.clear()
        await lab.start_bot()
        record = await lab.closed()
    assert await reaction.settled()
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
