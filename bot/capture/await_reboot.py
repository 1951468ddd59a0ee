"""Phases 6 and 7: the guest writes its dump and comes back.

Neither vCenter nor the host tells when a dump is written [unknown on all versions]; what can be seen is its
end: the guest restarts, the blue screen goes, or the Tools answer again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.capture.looking import Look, look, nmi_intent, note_signs
from bot.capture.release import wait
from bot.capture.tools import Tools, plan_of, target_of
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import CrashSeen, DumpWritten, NotBack, Rebooted
from bot.core.request import Outcome, Request, State
from bot.core.signs import Signs
from bot.core.witness import BLUE_SCREEN_LOOKS, REBOOT_EVENTS, Witness, beats, is_back
from bot.store.commit import Step

AWAY = frozenset({Witness.HEARTBEAT_LOST, Witness.REBOOT_EVENT, Witness.DUMP_FILE})
"""witnesses of a guest whose Tools have been silent since the NMI"""
LAST_BEATS = timedelta(minutes=2)
"""A heartbeat stays green for a while after the last beat; how long is not published [unknown]."""


async def await_dump(tools: Tools, request: Request) -> None:
    """CRASHED to DUMPED, or to its end."""
    _, intent = await nmi_intent(tools, request)
    crash_at, crash = await _crash(tools, request)
    was_blue = Witness.BLUE_SCREEN.value in crash.witnesses
    was_silent = not AWAY.isdisjoint(crash.witnesses)
    end = crash_at + timedelta(seconds=tools.times.dump)
    last: Signs | None = None
    while True:
        seen = await look(tools, request, intent.vcenter_at, picture=True)
        if seen.signs is not None:
            await note_signs(tools, request, last, seen.signs)
            last = seen.signs
            was_silent = was_silent or not beats(last)
        now = tools.clock.now()
        beating = was_silent or now - crash_at > LAST_BEATS
        sign = _end_of_dump(seen, was_blue=was_blue, beating=beating)
        if sign is not None:
            event = DumpWritten(after_seconds=(now - crash_at).total_seconds(), sign=sign)
            await tools.committer.commit(request.id, "dumped", _to(State.DUMPED, event))
            return
        if now >= end:
            await _not_back(tools, request, crash_at, last)
            return
        await wait(tools, request)


async def await_reboot(tools: Tools, request: Request) -> None:
    """DUMPED to REBOOTED, or to its end."""
    target = target_of(request)
    crash_at, _ = await _crash(tools, request)
    dumped = await tools.reader.find(request.id, "dumped")
    began = crash_at if dumped is None else dumped.at
    end = crash_at + timedelta(seconds=tools.times.dump)
    last: Signs | None = None
    while True:
        try:
            signs = await tools.vcenter(target).signs(target.moid)
            await note_signs(tools, request, last, signs)
            last = signs
        except VmdumpError:
            # A vCenter that does not answer says nothing about the guest.
            pass
        now = tools.clock.now()
        if last is not None and is_back(last):
            family = plan_of(request).machine.family
            event = Rebooted(family=family, after_seconds=(now - began).total_seconds())
            await tools.committer.commit(request.id, "rebooted", _to(State.REBOOTED, event))
            return
        if now >= end:
            await _not_back(tools, request, crash_at, last)
            return
        await wait(tools, request)


def _to(state: State, event: Event) -> Callable[[Request], Step]:
    return lambda _: Step(events=(event,), to=state)


def _end_of_dump(seen: Look, *, was_blue: bool, beating: bool) -> str | None:
    """``beating``: a heartbeat that is there now is a new one, not what is left of the one before."""
    if any(h.kind in REBOOT_EVENTS for h in seen.happenings):
        return "reboot-event"
    if beating and seen.signs is not None and is_back(seen.signs):
        return "tools-back"
    if was_blue and seen.looks is not None and seen.looks != BLUE_SCREEN_LOOKS:
        return "blue-screen-gone"
    return None


async def _crash(tools: Tools, request: Request) -> tuple[datetime, CrashSeen]:
    entry = await tools.reader.find(request.id, "crash")
    event = None if entry is None else entry.event
    if entry is None or not isinstance(event, CrashSeen):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="there is no entry of the crash")
    return entry.at, event


async def _not_back(tools: Tools, request: Request, crash_at: datetime, last: Signs | None) -> None:
    event = NotBack(
        vm=target_of(request).name,
        waited_seconds=(tools.clock.now() - crash_at).total_seconds(),
        heartbeat="not read" if last is None else last.heartbeat,
        last=request.state.value,
    )
    step = Step(events=(event,), to=State.ENDING, set={"outcome": Outcome.UNKNOWN})
    await tools.committer.commit(request.id, "not-back", lambda _: step)
