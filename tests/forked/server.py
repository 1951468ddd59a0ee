"""Imports the bot once, and then is what Python would be, each time that it is asked to start it.

For each start there are two processes: the one that was asked for, and its attendant, which tells how it
ended, and ends it where the tests are gone. Run with the number of the socket whose other end the tests hold.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

IMPORTED = (
    "bot.app",
    "bot.doctor",
    "bot.inspection",
    "bot.repair",
    "bot.settings.check",
    # Imported by the product or its libraries when they are needed, which is at nearly each start here.
    "alembic.command",
    "dbos._sys_db_sqlite",
    "PIL.PngImagePlugin",
)
LONGEST = 1 << 20
"""bytes of a request"""


@dataclass
class Start:
    command: list[str]
    environment: dict[str, str]
    folder: str
    output: int
    report: int


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208
        raise RuntimeError("an import starts a thread, which no fork has")
    # The collector would write to each object, and so copy all memory that is shared.
    gc.collect()
    gc.freeze()
    start = _told_to_start(socket.socket(fileno=int(sys.argv[1])))
    if start is not None:
        _attended(start)
        _become(start)


def _told_to_start(tests: socket.socket) -> Start | None:
    """Returns in each attendant to be; None in the server, when the tests have ended."""
    with tests:
        while True:
            request, descriptors, _, _ = socket.recv_fds(tests, LONGEST, 2)
            _reap(os.WNOHANG)
            if not request:
                break
            if os.fork() == 0:
                return Start(*json.loads(request), *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
    _reap()
    return None


def _reap(options: int = 0) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _attended(start: Start) -> None:
    """Returns in the process that was asked for, and never in its attendant."""
    pid = os.fork()
    if pid == 0:
        os.close(start.report)
        return
    try:
        os.close(start.output)
        with socket.socket(fileno=start.report) as report:
            ended = os.pidfd_open(pid)
            socket.send_fds(report, [str(pid).encode()], [ended])
            # Of the tests nothing comes but the end.
            if report.fileno() in select.select([ended, report.fileno()], [], [])[0]:
                os.kill(pid, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with suppress(BrokenPipeError):
                report.send(str(status).encode())
    finally:
        os._exit(0)


def _become(start: Start) -> None:
    for descriptor in (1, 2):
        os.dup2(start.output, descriptor)
    os.close(start.output)
    os.chdir(start.folder)
    os.environ.clear()
    os.environ.update(start.environment)
    _, program, *arguments = start.command[1:]
    if program == "-m":
        module, *arguments = arguments
        sys.argv = ["", *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
