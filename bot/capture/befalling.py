"""What else happens to the VM after the NMI is named, once each."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from bot.capture.looking import NMI, nmi_intent
from bot.capture.tools import Tools, of_leg, target_of
from bot.core.befallen import Befallen, befallen
from bot.core.errors import VmdumpError
from bot.core.events import Befell
from bot.core.request import Request
from bot.core.signs import Happening
from bot.store.commit import Step

SCREEN = "befell/screen"


async def note_befallen(tools: Tools, request: Request, happenings: Iterable[Happening]) -> None:
    for what, happening in befallen(happenings):
        key = f"befell/{what}/{happening.at.isoformat()}"
        await _note(tools, request, key, what, happening.at, happening)


async def note_blue_again(tools: Tools, request: Request) -> None:
    """A second crash where vCenter has no event for it: the console shows it."""
    await _note(tools, request, SCREEN, Befallen.CRASHED_AGAIN, tools.clock.now(), None)


async def note_the_rest(tools: Tools, request: Request) -> None:
    """Looks once more at the end of a request for which an NMI may have gone out."""
    if await tools.reader.find(request.id, of_leg(NMI, request)) is None:
        return
    _, intent = await nmi_intent(tools, request)
    target = target_of(request)
    # The record is closed with what is known then, whether vCenter answers or not.
    with suppress(VmdumpError):
        happenings = await tools.vcenter(target).happenings(target.moid, intent.vcenter_at)
        await note_befallen(tools, request, happenings)


async def _note(
    tools: Tools, request: Request, key: str, what: Befallen, at: datetime, happening: Happening | None
) -> None:
    if await tools.reader.find(request.id, key) is not None:
        return
    event = Befell(
        vm=target_of(request).name,
        what=what.value,
        happened_at=at,
        text="" if happening is None else happening.text,
        user="" if happening is None else happening.user,
        screenshot=None if happening is None else happening.screenshot,
    )
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,)))
