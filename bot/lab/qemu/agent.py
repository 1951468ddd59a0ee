"""What QEMU's guest agent does in the guest, for the guest operations of the lab's vCenter."""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.lab.qemu.wire import Refused, Silent, Wire

# Seconds: between two questions whether a program has ended, for one of the lab's own, and for an answer of
# an agent that may not be there yet.
_POLL, _SCRIPT, _PING = 0.02, 10.0, 2.0
# Bytes asked for at once.
_PIECE = 256 << 10
_TYPES = {0o040000: "directory", 0o120000: "symlink"}
# Each thing as: mode in hexadecimal, size, when written and read last, path.
_LOOK = 'stat -c "%f %s %Y %X %n" -- "$1"'
_LOOK_INTO = (
    _LOOK.replace('"$1"', '"$1/." "$1/.."')
    + '; find "$1" -mindepth 1 -maxdepth 1 -exec stat -c "%f %s %Y %X %n" -- {} \\;'
)
_LINE = re.compile(r"([0-9a-f]+) (\d+) (\d+) (\d+) (.*)")


@dataclass(frozen=True)
class Found:
    """A file, folder or link in the guest; `kind` as the vSphere API names it, times by the guest's clock."""

    path: str
    kind: str
    size: int
    permissions: int
    modified: datetime
    accessed: datetime


class Agent:
    """All methods raise Silent where the agent does not answer: the guest is down, or was never up."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def answers(self, within: float) -> None:
        """Wait so many seconds (TimeoutError) for its first answer; a guest that boots gives it late.

        It is asked again and again: what is asked while the machine resets may be lost.
        """
        async with asyncio.timeout(within):
            while True:
                with suppress(Silent):
                    await self._wire.ask("guest-ping", within=_PING)
                    return

    async def room(self) -> tuple[int, int]:
        """Bytes of its disk: all, and free."""
        _, told = await self.run("stat -f -c '%S %b %a' /")
        block, blocks, free = map(int, told.split())
        return block * blocks, block * free

    async def look(self, path: str) -> Found | None:
        """What is there; None where nothing is."""
        code, lines = await self.run(_LOOK, path)
        found = _parsed(lines)
        return found[0] if code == 0 and found else None

    async def look_into(self, folder: str) -> list[Found]:
        """What is directly in a folder, by name; itself and the one above are the first."""
        _, lines = await self.run(_LOOK_INTO, folder)
        return sorted(_parsed(lines), key=lambda found: found.path)

    async def read(self, path: str) -> AsyncGenerator[bytes]:
        """A file from its beginning to its end, in pieces. Refused: there is none."""
        handle = await self._wire.ask("guest-file-open", path=path, mode="r")
        try:
            ended = False
            while not ended:
                piece = await self._wire.ask("guest-file-read", handle=handle, count=_PIECE)
                ended = piece["eof"]
                yield base64.b64decode(piece["buf-b64"])
        finally:
            with suppress(Silent, Refused):
                await self._wire.ask("guest-file-close", handle=handle)

    async def delete(self, path: str) -> None:
        """Remove a file. Refused: it is still there."""
        code, said = await self.run('rm -- "$1" 2>&1', path)
        if code != 0:
            raise Refused(said.strip())

    async def start(self, program: str, arguments: str) -> int:
        """Begin to run a program, through a shell as VMware's Tools do; gives the process id."""
        line = ["-c", f'"{program}" {arguments}']
        started = await self._wire.ask("guest-exec", path="/bin/sh", arg=line)
        return int(started["pid"])

    async def exit_code(self, pid: int) -> int | None:
        """None while it runs. Refused: the agent did not start it, or has told how it ended before."""
        status = await self._wire.ask("guest-exec-status", pid=pid)
        return _exit_code(status) if status["exited"] else None

    async def run(self, script: str, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a short shell script."""
        line = ["-c", script, "sh", *arguments]
        output: dict[str, Any] = {"capture-output": True}
        pid = (await self._wire.ask("guest-exec", path="/bin/sh", arg=line, **output))["pid"]
        for _ in range(round(_SCRIPT / _POLL)):
            status = await self._wire.ask("guest-exec-status", pid=pid)
            if status["exited"]:
                printed = base64.b64decode(status.get("out-data", ""))
                return _exit_code(status), printed.decode(errors="replace")
            await asyncio.sleep(_POLL)
        raise Silent("a script in the guest does not end")


def _exit_code(status: dict[str, Any]) -> int:
    """Of a program that a signal has ended what a shell would say."""
    return int(status.get("exitcode", 128 + status.get("signal", 0)))


def _parsed(lines: str) -> list[Found]:
    return [
        Found(
            path=match[5],
            kind=_TYPES.get(int(match[1], 16) & 0o170000, "file"),
            size=int(match[2]),
            permissions=int(match[1], 16) & 0o7777,
            modified=datetime.fromtimestamp(int(match[3]), UTC),
            accessed=datetime.fromtimestamp(int(match[4]), UTC),
        )
        for match in map(_LINE.fullmatch, lines.splitlines())
        if match is not None
    ]
