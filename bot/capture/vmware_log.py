"""``vmware.log`` as a witness: it tells of a Windows that stopped, and needs no login anywhere.

It is an optional one: a log that cannot be read, or not at once, changes nothing but what is known.
"""

from __future__ import annotations

import asyncio

from bot.capture.ports import VCenter
from bot.capture.tools import Tools, plan_of
from bot.core.errors import Code, VmdumpError
from bot.core.events import LogRead, LogUnread
from bot.core.request import Request
from bot.core.surroundings import LogPart
from bot.core.target import Machine
from bot.core.win_bsod import BugCheck, read_bug_check
from bot.store.commit import Step

SECONDS = 2.0
"""of one reading: it may stand between an approval and its NMI"""
UNREAD = "log-unread"


async def log_size(vcenter: VCenter, machine: Machine) -> tuple[int | None, tuple[LogUnread, ...]]:
    """Where the log ends now, or why that cannot be told; neither for a guest that writes nothing there."""
    if machine.family != "windows":
        return None, ()
    try:
        return (await _read(vcenter, machine, None)).size, ()
    except VmdumpError as error:
        return None, (LogUnread(code=error.code, params=error.params),)


async def _read(vcenter: VCenter, machine: Machine, after: int | None) -> LogPart:
    try:
        async with asyncio.timeout(SECONDS):
            return await vcenter.log_part(machine, after)
    except TimeoutError:
        raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=vcenter.name) from None


class LogTail:
    """What comes into the log from a place on."""

    def __init__(self, tools: Tools, request: Request, after: int | None) -> None:
        """``after``: the log's size before the NMI; None where it is not known, then nothing is read."""
        self._tools = tools
        self._request = request
        self._after = after

    async def bug_check(self) -> BugCheck | None:
        """Raises only what committing raises."""
        if self._after is None:
            return None
        machine = plan_of(self._request).machine
        try:
            part = await _read(self._tools.vcenter(machine.target), machine, self._after)
        except VmdumpError as error:
            await self._failed(error)
            return None
        found = read_bug_check(part.text)
        if found is not None:
            event = LogRead(after=self._after, size=part.size, lines=found.lines)
            await self._tools.committer.commit(self._request.id, "log-read", lambda _: Step(events=(event,)))
        return found

    async def _failed(self, error: VmdumpError) -> None:
        """A vCenter that is away comes back. What else fails is not tried again: looks would wait for it."""
        if error.code is Code.VCENTER_UNREACHABLE:
            return
        self._after = None
        event = LogUnread(code=error.code, params=error.params)
        await self._tools.committer.commit(self._request.id, UNREAD, lambda _: Step(events=(event,)))
