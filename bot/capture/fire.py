"""Phase 3: the right machine is found, and gets one NMI at most."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.capture.approved import approved_as
from bot.capture.identify import identify, unmoved
from bot.capture.looking import NMI, nmi_result
from bot.capture.ports import NmiAnswer, NmiReport
from bot.capture.tools import Tools, leg_of, of_leg, plan_of, still_fresh, target_of
from bot.core.entry import Entry
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import HandedOver, NmiIntended, NmiNotSent, NmiSent, NmiUnknown
from bot.core.purpose import Purpose
from bot.core.request import Outcome, Request, State
from bot.core.route import Route
from bot.store.commit import Step, always

log = logging.getLogger(__name__)

Send = Callable[[], Awaitable[NmiReport]]


async def fire(tools: Tools, request: Request) -> None:
    """PREPARED to SENT; back to PREPARING for another route, or to its end, if certainly nothing was sent.

    Raises ``VmdumpError`` only before the intent is written.
    """
    intent = await tools.reader.find(request.id, of_leg(NMI, request))
    if intent is not None:
        # The bot went down after the intent: sent or not, it is not sent again.
        await _unknown(tools, request, intent, output="", restarted=True)
        return
    await approved_as(tools, request, Purpose.CAPTURE)
    still_fresh(tools, request)
    target = target_of(request)
    async with _aimed(tools, request) as (world_id, send):
        vcenter_at = await tools.vcenter(target).clock()
        signs = await unmoved(tools, request)
        event = NmiIntended(
            host=target.host_name,
            world_id=world_id,
            vcenter_at=vcenter_at,
            signs=signs,
            route=leg_of(request).route,
        )
        intended = await tools.committer.commit(
            request.id,
            of_leg(NMI, request),
            lambda _: Step(events=(event,), to=State.FIRING, set={"world_id": world_id}),
        )
        if not intended.new:
            await _unknown(tools, request, intended.entries[0], output="", restarted=True)
            return
        report = await _sent_once(send)
        await _conclude(tools, request, report, intended.entries[0])


@asynccontextmanager
async def _aimed(tools: Tools, request: Request) -> AsyncIterator[tuple[int | None, Send]]:
    """What the route aims at, and its one call. Only a route through the host's shell knows World IDs."""
    plan, route = plan_of(request), leg_of(request).route
    target = plan.machine.target
    if route is not Route.SSH:
        vcenter = tools.vcenter(target)
        yield None, lambda: vcenter.send_nmi(route, plan.machine)
        return
    async with tools.shells.open(target.host_name) as shell:
        world = await identify(tools, request, await shell.worlds())
        yield world.world_id, lambda: shell.send_nmi(world.world_id)


async def _sent_once(send: Send) -> NmiReport:
    """The one call. Only what is known to have had no effect counts as not sent."""
    try:
        return await send()
    except OutcomeUnknown as error:
        return NmiReport(answer=NmiAnswer.UNKNOWN, output=_said(error))
    except VmdumpError as error:
        return NmiReport(answer=NmiAnswer.NOT_SENT, output=_said(error))
    except Exception as error:
        log.exception("sending the NMI broke")
        return NmiReport(answer=NmiAnswer.UNKNOWN, output=type(error).__name__)


def _said(error: VmdumpError) -> str:
    """The answer as far as it may be shown: what the server called it, else our code."""
    return str(error.params.get("fault") or error.params.get("privilege") or error.code.value)


async def _conclude(tools: Tools, request: Request, report: NmiReport, intent: Entry) -> None:
    """Whatever is neither "sent" nor "not sent" to the letter is unknown: only proof leads on."""
    target = target_of(request)
    intended = _intended(request, intent)
    what = {
        "vm": target.name,
        "host": target.host_name,
        "world_id": intended.world_id,
        "output": report.output,
        "route": intended.route,
    }
    match report.answer:
        case NmiAnswer.SENT:
            step = Step(events=(NmiSent(**what),), to=State.SENT)
        case NmiAnswer.NOT_SENT:
            step = _not_sent(request, NmiNotSent(**what))
        case _:
            await _unknown(tools, request, intent, output=report.output, restarted=False)
            return
    await tools.committer.commit(request.id, nmi_result(request), always(step))


def _not_sent(request: Request, told: NmiNotSent) -> Step:
    """On to the next route that was approved, or to the end."""
    later = request.leg + 1
    legs = plan_of(request).legs
    if later == len(legs):
        return Step(events=(told,), to=State.ENDING, set={"outcome": Outcome.FAILED})
    over = HandedOver(vm=told.vm, route=told.route, next=legs[later].route, output=told.output)
    return Step(events=(over,), to=State.PREPARING, set={"leg": later})


async def _unknown(tools: Tools, request: Request, intent: Entry, *, output: str, restarted: bool) -> None:
    target = target_of(request)
    intended = _intended(request, intent)
    event = NmiUnknown(
        vm=target.name,
        host=target.host_name,
        world_id=intended.world_id,
        output=output,
        restarted=restarted,
        intended_at=intent.at,
        route=intended.route,
    )
    await tools.committer.commit(
        request.id, nmi_result(request), lambda _: Step(events=(event,), to=State.SENT)
    )


def _intended(request: Request, intent: Entry) -> NmiIntended:
    if not isinstance(intent.event, NmiIntended):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="the NMI's intent is something else")
    return intent.event
