"""The wait for a guest that crashed: what is seen of it, and when the wait is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.capture.befalling import note_befallen
from bot.capture.looking import Look, keep_picture, look, nmi_intent, note_signs, write_rate
from bot.capture.tools import Tools, plan_of, target_of
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import CrashSeen, NotBack
from bot.core.request import Outcome, Request, State
from bot.core.signs import Signs
from bot.store.commit import Step

ON = "poweredOn"
STAYS = 6
"""looks in a row that have to show a machine off before nobody waits for it: it may be switched on again"""


class Waiting:
    """From the crash on, until the guest is back or the time for that is over."""

    def __init__(
        self, tools: Tools, request: Request, since: datetime, crash_at: datetime, crash: CrashSeen
    ) -> None:
        self._tools = tools
        self._request = request
        self._since = since
        self.crash_at = crash_at
        self.crash = crash
        # From the journal's time, so that a restarted bot waits until the same moment.
        seconds = tools.times.dump_of(plan_of(request).machine.memory_mib)
        self._end = crash_at + timedelta(seconds=seconds)
        self.signs: Signs | None = None
        """the last reading"""
        self.rate: int | None = None
        """bytes per second that its disks were written with at the last look"""
        self.rate_before: int | None = None
        """the same at the look before that"""
        self._png: bytes | None = None
        self._off = 0

    @property
    def on(self) -> bool:
        """Whether the machine was on when it was last read."""
        return self.signs is not None and self.signs.power == ON

    @property
    def elapsed(self) -> float:
        """Seconds since the crash was seen."""
        return (self._tools.clock.now() - self.crash_at).total_seconds()

    async def look(self) -> Look:
        seen = await look(self._tools, self._request, self._since, picture=True)
        await note_befallen(self._tools, self._request, seen.happenings)
        if seen.signs is not None:
            await note_signs(self._tools, self._request, self.signs, seen.signs)
            self.signs = seen.signs
            self._off = 0 if self.on else self._off + 1
        self.rate_before, self.rate = self.rate, await write_rate(self._tools, self._request)
        self._png = seen.png or self._png
        return seen

    async def over(self) -> bool:
        """Whether nothing more is to be waited for; then the request has been ended."""
        power = self.signs.power if self.signs is not None and self._off >= STAYS else ON
        if power == ON and self._tools.clock.now() < self._end:
            return False
        event = NotBack(
            vm=target_of(self._request).name,
            waited_seconds=self.elapsed,
            heartbeat="not read" if self.signs is None else self.signs.heartbeat,
            last=self._request.state.value,
            power=power,
            signs=self.signs,
            rate=self.rate,
            picture=await self.picture(),
        )
        step = Step(events=(event,), to=State.ENDING, set={"outcome": Outcome.UNKNOWN})
        await self._tools.committer.commit(self._request.id, "not-back", lambda _: step)
        return True

    async def picture(self) -> str | None:
        """The last console picture, kept."""
        return None if self._png is None else await keep_picture(self._tools, self._png)


async def waiting(tools: Tools, request: Request) -> Waiting:
    """Goes on with the wait that the journal tells of."""
    _, intent = await nmi_intent(tools, request)
    entry = await tools.reader.find(request.id, "crash")
    event = None if entry is None else entry.event
    if entry is None or not isinstance(event, CrashSeen):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="there is no entry of the crash")
    return Waiting(tools, request, intent.vcenter_at, entry.at, event)


def to(state: State, event: Event) -> Callable[[Request], Step]:
    return lambda _: Step(events=(event,), to=state)
