"""Phase 6: the guest writes its dump.

Neither vCenter nor the host tells when a dump is written [unknown on all versions]; what can be seen is its
end: the guest restarts, the blue screen goes, or the Tools answer again.
"""

from __future__ import annotations

from datetime import timedelta

from bot.capture.looking import Look
from bot.capture.progress import Progress
from bot.capture.release import wait
from bot.capture.tools import Tools
from bot.capture.waiting import Waiting, to, waiting
from bot.core.befallen import Befallen, cut_by
from bot.core.events import DumpCut, DumpWritten
from bot.core.request import Request, State
from bot.core.witness import BLUE_SCREEN_LOOKS, REBOOT_EVENTS, Witness, beats, is_back

AWAY = frozenset({Witness.HEARTBEAT_LOST, Witness.REBOOT_EVENT, Witness.DUMP_FILE})
"""witnesses of a guest whose Tools have been silent since the NMI"""
LAST_BEATS = timedelta(minutes=2)
"""A heartbeat stays green for a while after the last beat; how long is not published [unknown]."""


REBOOTS = "reboot-event"


async def await_dump(tools: Tools, request: Request) -> None:
    """CRASHED to DUMPED, or to its end."""
    guest = await waiting(tools, request)
    progress = Progress(tools, request)
    was_silent = not AWAY.isdisjoint(guest.crash.witnesses)
    # An end that only signs show is looked at twice: the event of a reset from outside may come late.
    first: float | None = None
    while True:
        seen = await guest.look()
        was_silent = was_silent or (guest.signs is not None and not beats(guest.signs))
        beating = was_silent or guest.elapsed > LAST_BEATS.total_seconds()
        event = _end_of_dump(guest, seen, beating=beating)
        if isinstance(event, DumpCut) or (event is not None and (event.sign == REBOOTS or first is not None)):
            seconds = event.after_seconds if first is None else first
            ended = event.model_copy(update={"after_seconds": seconds})
            await tools.committer.commit(request.id, "dumped", to(State.DUMPED, ended))
            return
        first = None if event is None else event.after_seconds
        if event is None and await guest.over():
            return
        await progress.tell(guest)
        await wait(tools, request)


def _end_of_dump(guest: Waiting, seen: Look, *, beating: bool) -> DumpWritten | DumpCut | None:
    """``beating``: a heartbeat that is there now is a new one, not what is left of the one before."""
    cut = cut_by(seen.happenings)
    if cut is not None:
        # As long as it is off, nothing restarts.
        off = cut is Befallen.POWERED_OFF and not guest.on
        if off:
            return None
        return DumpCut(after_seconds=guest.elapsed, by=cut.value, rate=guest.rate_before)
    sign = _sign_of_end(guest, seen, beating=beating)
    return None if sign is None else DumpWritten(after_seconds=guest.elapsed, sign=sign)


def _sign_of_end(guest: Waiting, seen: Look, *, beating: bool) -> str | None:
    if any(h.kind in REBOOT_EVENTS for h in seen.happenings):
        return REBOOTS
    if beating and seen.signs is not None and is_back(seen.signs):
        return "tools-back"
    was_blue = Witness.BLUE_SCREEN.value in guest.crash.witnesses
    if was_blue and seen.looks is not None and seen.looks != BLUE_SCREEN_LOOKS:
        return "blue-screen-gone"
    return None
