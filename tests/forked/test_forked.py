"""A forked process is what a new interpreter is, as far as the bot and its tests can tell."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.demo.launching import Launch, interpreter

PROGRAM = """
import atexit, json, os, signal, sys, threading

atexit.register(print, "at exit")
signals = signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE
found = {
    "name": __name__,
    "arguments": sys.argv,
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "path": sys.path,
    "options": [sys.flags.safe_path, sys.warnoptions],
    "handlers": [str(signal.getsignal(number)) for number in signals],
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "threads": threading.active_count(),
    "open": sorted(map(int, os.listdir("/proc/self/fd")))[:-1],
    "streams": [(s.isatty(), s.encoding, s.errors, s.line_buffering) for s in (sys.stdout, sys.stderr)],
}
print(json.dumps(found))
print("error", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""

ROOT = Path(bot.__file__).parent.parent

Start = Callable[..., Awaitable[Any]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    async def start(launch: Launch, *words: str) -> Any:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ONLY": "here"}
        with (tmp_path / "output").open("wb") as output:
            return await launch([sys.executable, "-P", *words], environment, tmp_path, output)

    return start


async def test_it_finds_what_a_new_one_finds(launch: Launch, start: Start, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    told = []
    for how in (interpreter, launch):
        process = await start(how, str(program), "7")
        assert await process.wait() == process.returncode == 7
        said, *others = sorted((tmp_path / "output").read_text().splitlines(), reverse=True)
        assert others == ["error", "at exit"]
        told.append(json.loads(said))
    assert told[0]["name"] == "__main__"
    assert told[0] == told[1]


async def test_a_module_says_the_same(launch: Launch, start: Start, tmp_path: Path) -> None:
    said = []
    for how in (interpreter, launch):
        process = await start(how, "-m", "bot", "config", "check", "--config", "none.yaml")
        said.append((await process.wait(), (tmp_path / "output").read_text()))
    assert said[0][0] == 2
    assert said[0] == said[1]


ASLEEP = "import signal; signal.pause()"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_signal_ends_it(launch: Launch, start: Start, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "asleep.py").write_text(ASLEEP)
    process = await start(launch, str(tmp_path / "asleep.py"))
    assert process.returncode is None
    process.send_signal(number)
    assert await process.wait() == -number
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    with pytest.raises(ProcessLookupError):
        process.send_signal(number)


TESTS = """
import asyncio, sys
from pathlib import Path
from tests.forked.launching import fork_server

async def main():
    with fork_server() as launch, open("output", "wb") as output:
        process = await launch([sys.executable, "-P", "asleep.py"], {}, Path.cwd(), output)
        print(process.pid, flush=True)
        await process.wait()

asyncio.run(main())
"""


async def test_it_ends_with_the_tests(tmp_path: Path) -> None:
    (tmp_path / "asleep.py").write_text(ASLEEP)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    tests = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TESTS, env=environment, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert tests.stdout is not None
    handle = os.pidfd_open(int(await tests.stdout.readline()))
    tests.kill()
    await tests.wait()
    assert select.select([handle], [], [], 10)[0] == [handle]
    os.close(handle)
