"""The bot's end: who is there is told by the kernel, what they may by the same rules as in the chat."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import ValidationError

from bot.core.errors import Code, VmdumpError
from bot.local.wire import MOST_BYTES, SECONDS, Answer, Envelope, Wish
from bot.local.wishes import Wishes
from bot.messages.catalogue import sentence

AT_ONCE = 16
READ_SECONDS = 5.0
ROOT, OVERFLOW = 0, 65534
"""the second is what the kernel shows for every account that a user namespace does not know"""
_CREDENTIALS = struct.Struct("3i")
"""pid, uid, gid of ``SO_PEERCRED`` (unix(7))"""

log = logging.getLogger(__name__)


@asynccontextmanager
async def answering(path: Path, people: Mapping[int, str], wishes: Wishes) -> AsyncIterator[None]:
    """Answers at the socket while the block runs. Raises ``VmdumpError(CONFIG)`` where it cannot be made.

    Everybody may connect: a connection of an account that is no person's is told so and closed.
    """
    door = _Door(people, wishes)
    try:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        server = await asyncio.start_unix_server(door.met, path=str(path), limit=MOST_BYTES)
        await asyncio.to_thread(path.chmod, 0o666)
    except OSError as error:
        raise VmdumpError(Code.CONFIG, cause=f"command_line.socket: {error.strerror}") from error
    try:
        yield
    finally:
        server.close()
        await door.closed()
        await asyncio.to_thread(path.unlink, missing_ok=True)


class _Door:
    def __init__(self, people: Mapping[int, str], wishes: Wishes) -> None:
        self._people = people
        self._wishes = wishes
        self._under_way: set[asyncio.Task[None]] = set()

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one line, one answer."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a stream's callback is run in a task
        crowded = len(self._under_way) >= AT_ONCE
        self._under_way.add(task)
        try:
            answer = await self._answered(reader, writer, crowded=crowded)
            writer.write(answer.model_dump_json().encode() + b"\n")
            async with asyncio.timeout(READ_SECONDS):
                await writer.drain()
        except (OSError, TimeoutError) as error:
            log.info("a command line went away: %s", type(error).__name__)
        finally:
            self._under_way.discard(task)
            writer.close()

    async def closed(self) -> None:
        """Ends what is under way: it is in the journal, or was not done."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answered(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, crowded: bool
    ) -> Answer:
        try:
            # Read in any case: an end that is closed unread takes its answer with it.
            line = await _line(reader)
            if crowded:
                raise VmdumpError(Code.LINE_CROWDED)  # noqa: TRY301  # told below, as every other
            person = self._person(_uid(writer))
            wish = _wish(line)
            async with asyncio.timeout(SECONDS):
                return await self._wishes.grant(person, wish)
        except VmdumpError as error:
            return _refused(error)
        except TimeoutError:
            return _refused(VmdumpError(Code.LINE_TIMEOUT))
        except Exception as error:
            log.exception("a command line was not served")
            return _refused(VmdumpError(Code.INTERNAL, cause=type(error).__name__))

    def _person(self, uid: int) -> str:
        person = None if uid in (ROOT, OVERFLOW, os.geteuid()) else self._people.get(uid)
        if person is None:
            raise VmdumpError(Code.NO_PERSON, uid=uid)
        return person


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await reader.readline()
    except ValueError as error:
        # Longer than any wish.
        raise VmdumpError(Code.BAD_COMMAND) from error


def _wish(line: bytes) -> Wish:
    try:
        return Envelope.model_validate_json(line).wish
    except ValidationError as error:
        raise VmdumpError(Code.BAD_COMMAND) from error


def _refused(error: VmdumpError) -> Answer:
    return Answer(done=False, code=error.code.value, text=sentence(error))


def _uid(writer: asyncio.StreamWriter) -> int:
    peer: socket.socket = writer.get_extra_info("socket")
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return int(uid)
