"""Bot and script in turn, in one lab: how long each takes from the word to go to the NMI at the host."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.demo.stage import HOST, Stage, stage
from bot.lab.slack import Message
from bot.lab.world import World
from bot.store.database import Database
from bot.store.reading import Reader
from tests.bench.script import Task

VM = "DumpTest"
SERVICES = ("TSM", "TSM-SSH")
SPEED = 240.0
"""how much faster than in life the guest dumps and restarts: it is what lies between two rounds"""
LONGEST = 60.0
"""seconds for one round, which takes about ten"""

Marks = list[tuple[str, float]]
"""what was reached, and when (seconds since 1970)"""
STANDING = frozenset({"WaitForUpdatesEx"})
"""questions that the bot has open all the time, whatever it does"""


class Unfair(Exception):
    """Bot and script did not do the same to vCenter and the host: their times are not to be compared."""


@dataclass(frozen=True, slots=True)
class Run:
    """One crash of the machine."""

    seconds: float
    """from the word to go until the NMI was at the host, by the lab's clock"""
    parts: dict[str, float]
    """seconds from each mark's forerunner to the mark; together they are the whole"""
    calls: Counter[str]
    """what came in at vCenter and the host, by name"""
    effects: tuple[tuple[str, str, str], ...]
    """call, on what, with what: a log entry's text left out"""


@dataclass(frozen=True, slots=True)
class Round:
    bot: Run
    script: Run

    @property
    def ratio(self) -> float:
        return self.bot.seconds / self.script.seconds


async def measure(folder: Path, rounds: int) -> list[Round]:
    """Raises ``Unfair``, and ``TimeoutError`` for a round that does not end."""
    found: list[Round] = []
    async with stage(folder, speed=SPEED) as made:
        await made.start_bot()
        async with _script(made) as crash_by_script:
            for _ in range(rounds):
                async with asyncio.timeout(LONGEST):
                    by_bot = await _run(made.world, lambda: _crash_by_bot(made))
                    by_script = await _run(made.world, crash_by_script)
                _fair(by_bot, by_script)
                found.append(Round(by_bot, by_script))
    return found


async def _run(world: World, crash: Callable[[], Awaitable[tuple[datetime, Marks]]]) -> Run:
    calls, effects, nmis = len(world.calls), len(world.effects), len(world.nmis)
    began, marks = await crash()
    guest = world.vm(VM).guest
    await world.until(lambda: guest.crashes == nmis + 1 and guest.state == "running")
    if len(world.nmis) != nmis + 1 or world.nmis[-1].vm != VM:
        raise Unfair(f"NMIs: {world.nmis[nmis:]}")
    nmi = world.nmis[-1].at
    return Run(
        seconds=(nmi - began).total_seconds(),
        parts=_parts([("begin", began.timestamp()), *marks, ("nmi", nmi.timestamp())]),
        calls=Counter(
            call.name for call in world.calls[calls:] if began <= call.at <= nmi and call.name not in STANDING
        ),
        effects=tuple(
            (effect.call, effect.on, "" if effect.call == "LogUserEvent" else effect.argument)
            for effect in world.effects[effects:]
            if began <= effect.at <= nmi and effect.applied
        ),
    )


def _parts(marks: Marks) -> dict[str, float]:
    """Marks that come again are numbered."""
    times: Counter[str] = Counter()
    parts = {}
    for (_, before), (name, at) in pairwise(marks):
        times[name] += 1
        parts[name if times[name] == 1 else f"{name} {times[name]}"] = at - before
    return parts


def _fair(bot: Run, script: Run) -> None:
    if bot.effects != script.effects:
        raise Unfair(f"effects of the bot: {bot.effects}, of the script: {script.effects}")
    if bot.calls != script.calls:
        more, less = dict(bot.calls - script.calls), dict(script.calls - bot.calls)
        raise Unfair(f"calls of the bot alone: {more}, of the script alone: {less}")


async def _crash_by_bot(made: Stage) -> tuple[datetime, Marks]:
    """Asked for and approved as by people; returns when the request is closed."""
    before = {message.ts for message in made.messages()}

    def plan(_: Any) -> Message | None:
        return next((m for m in made.messages() if m.ts not in before and m.thread_ts is None), None)

    await made.ask()
    message: Message = await made.unless_ended(made.slack.workspace.until(plan))
    assert message.metadata is not None
    request = message.metadata["event_payload"]["journal"]
    async with _reader(made) as reader:
        await _at_rest(reader, request)
        began = datetime.now(UTC)
        await made.react("bob", message)
        await made.said("*Closed: captured", thread=message)
        entries = await reader.journal(request)
    until = next(entry.seq for entry in entries if entry.kind == "nmi-intended")
    return began, [(e.kind, e.at.timestamp()) for e in entries if e.at >= began and e.seq <= until]


async def _at_rest(reader: Reader, request: str) -> None:
    """People need longer to read a plan than the bot to note that it is posted."""
    while True:
        announced = any(entry.kind == "announced" for entry in await reader.journal(request))
        if announced and not await reader.unsent():
            return
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _reader(made: Stage) -> AsyncIterator[Reader]:
    """Reads the bot's database from outside."""
    database = Database(f"sqlite:///{made.folder}/vmdump.db")
    try:
        yield Reader(database)
    finally:
        await database.close()


@asynccontextmanager
async def _script(made: Stage) -> AsyncIterator[Callable[[], Awaitable[tuple[datetime, Marks]]]]:
    """The script's process, logged in to vCenter as the bot is; yields what has it crash the machine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.script",
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    async def told(line: str) -> str:
        stdin.write(f"{line}\n".encode())
        answer = (await stdout.readline()).decode().strip()
        if not answer:
            raise RuntimeError("the script has broken off")
        return answer

    async def crash() -> tuple[datetime, Marks]:
        began = datetime.now(UTC)
        return began, json.loads(await told("go"))

    try:
        await told(_task(made).model_dump_json())
        yield crash
    finally:
        stdin.close()
        await process.wait()


def _task(made: Stage) -> Task:
    center, host, vm = made.world.vcenter, made.world.host(HOST), made.world.vm(VM)
    return Task(
        host=center.host,
        port=center.port,
        ca_file=center.ca_file,
        username=center.username,
        password=center.password,
        vm=vm.moid,
        esx=host.moid,
        services=SERVICES,
        guest_username=vm.guest.username,
        guest_password=vm.guest.password,
        dump_file=vm.guest.dump_path,
        ssh_host=host.address,
        ssh_port=host.ssh_port,
        ssh_password=host.root_password,
        known_hosts=made.folder / "known_hosts",
    )
