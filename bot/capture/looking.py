"""Looking at the guest from outside, again and again, with patience for a vCenter that does not answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.capture.tools import Tools, of_leg, of_round, target_of
from bot.core.entry import Entry
from bot.core.errors import Code, VmdumpError
from bot.core.events import NmiIntended, PictureTaken, PlanConfirmed, SignsRead
from bot.core.request import Request
from bot.core.signs import Happening, Signs
from bot.store.commit import Step

NMI = "nmi"
"""key of the intent, of the first route; ``of_leg`` gives those of later ones"""


def nmi_result(request: Request) -> str:
    return f"{of_leg(NMI, request)}/result"


@dataclass(frozen=True, slots=True)
class Look:
    """One look; what could not be read is None or empty."""

    signs: Signs | None
    happenings: Sequence[Happening]
    looks: str | None
    picture: str | None
    """SHA-256 of the stored console picture, the first of its kind"""
    png: bytes | None = None
    """the console as it was just now"""


async def nmi_intent(tools: Tools, request: Request) -> tuple[Entry, NmiIntended]:
    """When the NMI went out or may have gone out, and how the guest was before."""
    entry = await tools.reader.find(request.id, of_leg(NMI, request))
    event = None if entry is None else entry.event
    if entry is None or not isinstance(event, NmiIntended):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="there is no entry of the NMI")
    return entry, event


async def confirmed(tools: Tools, request: Request) -> PlanConfirmed:
    """How dump file and console were before anything was changed."""
    entry = await tools.reader.find(request.id, of_round("ready", request))
    event = None if entry is None else entry.event
    if not isinstance(event, PlanConfirmed):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="there is no entry of the plan")
    return event


async def console(tools: Tools, request: Request) -> tuple[str | None, bytes | None]:
    """What the console looks like now, and its picture; None where it cannot be seen."""
    target = target_of(request)
    with suppress(VmdumpError):
        png = await tools.vcenter(target).screenshot(target.moid)
        return await _looks(tools, png), png
    return None, None


async def look(tools: Tools, request: Request, since: datetime, *, picture: bool) -> Look:
    """One look now; a picture of a kind not seen yet is kept."""
    target = target_of(request)
    vcenter = tools.vcenter(target)
    signs, looks, kept, png = None, None, None, None
    happenings: Sequence[Happening] = ()
    # A reading that fails is a gap, and a gap is no sign of anything; the next look may succeed.
    with suppress(VmdumpError):
        signs = await vcenter.signs(target.moid)
        happenings = await vcenter.happenings(target.moid, since)
    if picture:
        with suppress(VmdumpError):
            png = await vcenter.screenshot(target.moid)
            looks, kept = await _picture(tools, request, png)
    return Look(signs=signs, happenings=happenings, looks=looks, picture=kept, png=png)


async def write_rate(tools: Tools, request: Request) -> int | None:
    """Bytes per second that the guest's disks are written with; None where that cannot be told."""
    target = target_of(request)
    with suppress(VmdumpError):
        return await tools.vcenter(target).write_rate(target.moid)
    return None


async def keep_picture(tools: Tools, png: bytes) -> str:
    """The hash under which it is stored."""
    digest = hashlib.sha256(png).hexdigest()
    await tools.committer.keep_picture(digest, png)
    return digest


async def _picture(tools: Tools, request: Request, png: bytes) -> tuple[str, str]:
    """What the picture looks like, and its hash; the first of each kind goes into the record."""
    looks = await _looks(tools, png)
    key = f"picture/{looks}"
    stored = await tools.reader.find(request.id, key)
    if stored is not None and isinstance(stored.event, PictureTaken):
        return looks, stored.event.sha256
    digest = await keep_picture(tools, png)
    event = PictureTaken(sha256=digest, size=len(png), looks=looks)
    await tools.committer.commit(request.id, key, lambda _: Step(events=(event,)))
    return looks, digest


async def _looks(tools: Tools, png: bytes) -> str:
    # A large picture takes a second, in which everything else of the bot would stand still.
    return await asyncio.to_thread(tools.pictures.looks, png)


async def note_signs(tools: Tools, request: Request, last: Signs | None, now: Signs) -> bool:
    """Keeps a reading that differs from the last one; whether it did."""
    if last is not None and last.model_copy(update={"read_at": now.read_at}) == now:
        return False
    key = f"signs/{now.read_at.isoformat()}"
    await tools.committer.commit(request.id, key, lambda _: Step(events=(SignsRead(signs=now),)))
    return True
