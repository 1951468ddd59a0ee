"""Phase 5: did the guest crash?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.capture.befalling import note_befallen
from bot.capture.guest_dump import read_dump
from bot.capture.looking import Look, confirmed, keep_picture, look, nmi_intent, note_signs, write_rate
from bot.capture.release import wait
from bot.capture.settling import wanted_of
from bot.capture.tools import Tools, plan_of, target_of
from bot.capture.vmware_log import LogTail
from bot.core.entry import Entry
from bot.core.errors import VmdumpError
from bot.core.events import CrashSeen, CrashUnknown, LogRead, NmiIntended, NoCrash, PlanConfirmed, SignsRead
from bot.core.request import Outcome, Request, State
from bot.core.signs import Signs
from bot.core.verdict import is_of
from bot.core.win_bsod import BugCheck, read_bug_check
from bot.core.witness import ALONE_ENOUGH, BLUE_SCREEN_LOOKS, Witness, beats, is_back, witnesses
from bot.store.commit import Step

GAP = 6
"""looks in a row that may fail before the signs of life no longer count as continuing"""
KEPT = GAP // 2
"""looks after which a reading is kept although it says the same: a restarted bot goes on from the last one"""


class Watch:
    """Watches until a witness speaks, or until the time is over."""

    def __init__(
        self, tools: Tools, request: Request, nmi_at: datetime, intent: NmiIntended, ready: PlanConfirmed
    ) -> None:
        self._tools = tools
        self._request = request
        self._nmi_at = nmi_at
        self._since = intent.vcenter_at
        self._before = intent.signs
        self._confirmed = ready
        self._log = LogTail(tools, request, ready.log_size)
        self.bug_check: BugCheck | None = None
        """by ``vmware.log``"""
        self._last: Signs | None = None
        self._steady = True
        """whether signs of life went on without a gap since the NMI"""
        self._looked_at = nmi_at
        self._kept_at = nmi_at

    def go_on(self, entries: Iterable[Entry]) -> None:
        """Takes over what an earlier run read: that much of the guest's life since the NMI is proved."""
        for event in (e.event for e in entries if e.kind in {SignsRead.kind, LogRead.kind}):
            if isinstance(event, LogRead):
                self.bug_check = read_bug_check("\n".join(event.lines))
            if isinstance(event, SignsRead) and event.signs.read_at >= self._nmi_at:
                self._kept_at = event.signs.read_at
                self._take(event.signs, event.signs.read_at)

    async def crash(self) -> tuple[frozenset[Witness], Look]:
        """The witnesses of a crash; none when the time is over."""
        times = self._tools.times
        end = self._nmi_at + timedelta(seconds=times.crash)
        while True:
            seen = await look(self._tools, self._request, self._since, picture=True)
            await note_befallen(self._tools, self._request, seen.happenings)
            found = await self._weigh(seen) | await self._logged()
            now = self._tools.clock.now()
            if found & ALONE_ENOUGH or now >= end:
                return found, seen
            await wait(self._tools, self._request)

    @property
    def calm(self) -> bool:
        """Whether the guest gave signs of life all the time, up to now."""
        return self._steady and self._last is not None and beats(self._last) and beats(self._before)

    @property
    def heartbeat(self) -> str:
        return "not read" if self._last is None else self._last.heartbeat

    async def _logged(self) -> frozenset[Witness]:
        if self.bug_check is None:
            self.bug_check = await self._log.bug_check()
        return frozenset() if self.bug_check is None else frozenset({Witness.VMWARE_LOG})

    async def _weigh(self, seen: Look) -> frozenset[Witness]:
        now = self._tools.clock.now()
        if seen.signs is None:
            self._steady = self._steady and not self._longer(self._looked_at, now, GAP)
            return frozenset()
        due = self._longer(self._kept_at, now, KEPT)
        if await note_signs(self._tools, self._request, None if due else self._last, seen.signs):
            self._kept_at = now
        self._take(seen.signs, now)
        looks = None if self._confirmed.looks == BLUE_SCREEN_LOOKS else seen.looks
        found = witnesses(self._before, seen.signs, seen.happenings, looks)
        if not found and not self._steady and is_back(seen.signs) and await self._new_dump():
            return frozenset({Witness.DUMP_FILE})
        return found

    def _take(self, signs: Signs, at: datetime) -> None:
        self._steady = self._steady and beats(signs) and not self._longer(self._looked_at, at, GAP)
        self._last, self._looked_at = signs, at

    def _longer(self, since: datetime, now: datetime, looks: int) -> bool:
        """Whether more time has passed than so many looks take."""
        return (now - since).total_seconds() > looks * max(self._tools.times.poll, 1.0)

    async def _new_dump(self) -> bool:
        """Whether the dump in the guest is of this crash: the witness that waits for a bot that was away."""
        try:
            found = await read_dump(self._tools, self._request)
        except VmdumpError:
            return False
        if found is None:
            return False
        return is_of(found.facts, found.file, await wanted_of(self._tools, self._request))


async def watch(tools: Tools, request: Request) -> None:
    """SENT to CRASHED, or to its end."""
    entry, intent = await nmi_intent(tools, request)
    watching = Watch(tools, request, entry.at, intent, await confirmed(tools, request))
    watching.go_on(await tools.reader.journal(request.id))
    found, seen = await watching.crash()
    vm = target_of(request).name
    seconds = (tools.clock.now() - entry.at).total_seconds()
    if found:
        crashed = CrashSeen(
            vm=vm,
            after_seconds=seconds,
            witnesses=tuple(sorted(w.value for w in found)),
            picture=await _picture(tools, seen, found),
            bug_check=watching.bug_check,
        )
        step = Step(events=(crashed,), to=State.CRASHED)
    elif watching.calm:
        family = plan_of(request).machine.family
        calm = NoCrash(vm=vm, family=family, watched_seconds=seconds, heartbeat=watching.heartbeat)
        step = Step(events=(calm,), to=State.ENDING, set={"outcome": Outcome.NO_CRASH})
    else:
        unknown = CrashUnknown(
            vm=vm,
            watched_seconds=seconds,
            heartbeat=watching.heartbeat,
            rate=await write_rate(tools, request),
        )
        step = Step(events=(unknown,), to=State.ENDING, set={"outcome": Outcome.UNKNOWN})
    await tools.committer.commit(request.id, "crash", lambda _: step)


async def _picture(tools: Tools, seen: Look, found: frozenset[Witness]) -> str | None:
    """The console at the crash: the blue screen that is kept already, or how it was just now."""
    if Witness.BLUE_SCREEN in found or seen.png is None:
        return seen.picture
    return await keep_picture(tools, seen.png)
