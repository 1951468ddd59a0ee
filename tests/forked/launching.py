"""Starts the bot by a fork of a process that has imported it; importing takes longer than most tests of it.

What it starts is a process of its own, as a new interpreter is: only its modules are there already.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import bot
from bot.demo.launching import Launch
from tests.forked import server

SECONDS = 30.0
"""for the server to end, when its socket has"""


class Forked:
    """A process that is not our child: its attendant tells how it ended."""

    def __init__(self, pid: int, handle: int, report: socket.socket) -> None:
        self.pid = pid
        self._handle = handle
        self._ended = asyncio.ensure_future(self._end(report))

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    def send_signal(self, signal_: int) -> None:
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal_)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def _end(self, report: socket.socket) -> int:
        try:
            with report:
                return int(await asyncio.get_running_loop().sock_recv(report, 16))
        finally:
            os.close(self._handle)


@contextmanager
def fork_server() -> Iterator[Launch]:
    """Ends what it started, and is ended with whoever runs it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", server.__file__, str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": str(Path(bot.__file__).parent.parent)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def launch(
        command: Sequence[str], environment: Mapping[str, str], folder: Path, output: IO[bytes]
    ) -> Forked:
        request = json.dumps([list(command), dict(environment), str(folder)]).encode()
        report, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            socket.send_fds(ours, [request], [output.fileno(), its.fileno()])
        pid, handles, _, _ = await asyncio.to_thread(socket.recv_fds, report, 16, 1)
        if not pid:
            report.close()
            raise RuntimeError("the fork server ended; what it printed says why")
        report.setblocking(False)
        return Forked(int(pid), handles[0], report)

    try:
        with ours:
            yield launch
    finally:
        process.wait(SECONDS)
