"""Phase 7: the guest comes back."""

from __future__ import annotations

from bot.capture.befalling import note_blue_again
from bot.capture.looking import Look
from bot.capture.release import wait
from bot.capture.tools import Tools, plan_of
from bot.capture.waiting import to, waiting
from bot.core.events import Rebooted
from bot.core.request import Request, State
from bot.core.witness import BLUE_SCREEN_LOOKS, is_back


async def await_reboot(tools: Tools, request: Request) -> None:
    """DUMPED to REBOOTED, or to its end."""
    guest = await waiting(tools, request)
    dumped = await tools.reader.find(request.id, "dumped")
    began = guest.crash_at if dumped is None else dumped.at
    was_clear = False
    while True:
        seen = await guest.look()
        if guest.signs is not None and is_back(guest.signs):
            after = (tools.clock.now() - began).total_seconds()
            event = Rebooted(family=plan_of(request).machine.family, after_seconds=after)
            await tools.committer.commit(request.id, "rebooted", to(State.REBOOTED, event))
            return
        if was_clear and _blue_without_events(seen):
            await note_blue_again(tools, request)
        was_clear = was_clear or (seen.looks is not None and seen.looks != BLUE_SCREEN_LOOKS)
        if await guest.over():
            return
        await wait(tools, request)


def _blue_without_events(seen: Look) -> bool:
    """A blue screen at a vCenter that has no event for a crash."""
    tells = seen.signs is None or seen.signs.kernel_crashed is not None
    return not tells and seen.looks == BLUE_SCREEN_LOOKS
