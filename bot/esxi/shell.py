"""A logged-in shell on a host."""

from __future__ import annotations

import asyncssh

from bot.capture.ports import NmiReport
from bot.core.errors import Code, VmdumpError
from bot.core.rehearsal import DumperList
from bot.core.worlds import World
from bot.esxi import dumper_list, process_list_text, process_list_xml, vmdumper
from bot.esxi.command import NotStarted, Ran, run
from bot.esxi.process_list_error import ProcessListError


class SshShell:
    """Implements ``Shell``."""

    def __init__(
        self, connection: asyncssh.SSHClientConnection, host_name: str, command_seconds: float
    ) -> None:
        self._connection = connection
        self._host = host_name
        self._seconds = command_seconds

    async def worlds(self) -> tuple[World, ...]:
        """XML first; the text form only where that cannot be read. Raises ``VmdumpError``."""
        try:
            return process_list_xml.parse_xml(await self._list(process_list_xml.COMMAND))
        except ProcessListError as first:
            try:
                return process_list_text.parse_text(await self._list(process_list_text.COMMAND))
            except ProcessListError as second:
                cause = f"as XML: {first.reason}; as text: {second.reason}"
                raise VmdumpError(Code.PROCESS_LIST, host=self._host, cause=cause[:300]) from None

    async def running_vms(self) -> DumperList:
        """Raises ``VmdumpError``."""
        ran = await self._run(dumper_list.COMMAND)
        if ran.exit_status is None:
            raise VmdumpError(
                Code.SSH_TIMEOUT, host=self._host, endpoint=self._host, doing=dumper_list.COMMAND
            )
        if ran.exit_status in dumper_list.NOT_RUN:
            raise VmdumpError(Code.VMDUMPER, host=self._host, cause=f"exit status {ran.exit_status}")
        return dumper_list.parse(ran.output)

    async def send_nmi(self, world_id: int) -> NmiReport:
        """*Effect.* Raises ``VmdumpError`` only if it is certain that the command never went out."""
        return vmdumper.report(await self._run(vmdumper.command(world_id), vmdumper.OUTPUT_LIMIT))

    async def _list(self, command: str) -> bytes:
        ran = await self._run(command)
        if ran.exit_status is None:
            raise VmdumpError(Code.SSH_TIMEOUT, host=self._host, endpoint=self._host, doing=command)
        if ran.exit_status != 0 or not ran.whole:
            raise ProcessListError(f"exit status {ran.exit_status}, {len(ran.output)} bytes")
        return ran.output

    async def _run(self, command: str, limit: int = 8 << 20) -> Ran:
        try:
            return await run(self._connection, command, seconds=self._seconds, limit=limit)
        except NotStarted as e:
            raise VmdumpError(
                Code.SSH_UNREACHABLE, host=self._host, endpoint=self._host, cause=f"no channel: {e}"
            ) from None
