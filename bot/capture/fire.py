"""Phase 3: the right world is found, and gets one NMI at most."""

from __future__ import annotations

import logging

from bot.capture.approved import approved_as
from bot.capture.identify import identify, unmoved
from bot.capture.ports import NmiAnswer, NmiReport, Shell
from bot.capture.tools import Tools, still_fresh, target_of
from bot.core.entry import Entry
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import NmiIntended, NmiNotSent, NmiSent, NmiUnknown
from bot.core.purpose import Purpose
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step

log = logging.getLogger(__name__)

INTENT = "nmi"
RESULT = "nmi/result"


async def fire(tools: Tools, request: Request) -> None:
    """PREPARED to SENT, or to its end if it is certain that no NMI was sent.

    Raises ``VmdumpError`` only before the intent is written.
    """
    intent = await tools.reader.find(request.id, INTENT)
    if intent is not None:
        # The bot went down after the intent: sent or not, it is not sent again.
        await _unknown(tools, request, intent, output="", restarted=True)
        return
    await approved_as(tools, request, Purpose.CAPTURE)
    still_fresh(tools, request)
    target = target_of(request)
    async with tools.shells.open(target.host_name) as shell:
        world = await identify(tools, request, await shell.worlds())
        vcenter_at = await tools.vcenter(target).clock()
        signs = await unmoved(tools, target)
        event = NmiIntended(
            host=target.host_name, world_id=world.world_id, vcenter_at=vcenter_at, signs=signs
        )
        intended = await tools.committer.commit(
            request.id,
            INTENT,
            lambda _: Step(events=(event,), to=State.FIRING, set={"world_id": world.world_id}),
        )
        if not intended.new:
            await _unknown(tools, request, intended.entries[0], output="", restarted=True)
            return
        report = await _send(shell, world.world_id)
        await _conclude(tools, request, world.world_id, report, intended.entries[0])


async def _send(shell: Shell, world_id: int) -> NmiReport:
    """The one call. Only what is known to have had no effect counts as not sent."""
    try:
        return await shell.send_nmi(world_id)
    except OutcomeUnknown as error:
        return NmiReport(answer=NmiAnswer.UNKNOWN, output=error.code.value)
    except VmdumpError as error:
        return NmiReport(answer=NmiAnswer.NOT_SENT, output=error.code.value)
    except Exception as error:
        log.exception("sending the NMI broke")
        return NmiReport(answer=NmiAnswer.UNKNOWN, output=type(error).__name__)


async def _conclude(tools: Tools, request: Request, world_id: int, report: NmiReport, intent: Entry) -> None:
    target = target_of(request)
    match report.answer:
        case NmiAnswer.SENT:
            sent = NmiSent(vm=target.name, host=target.host_name, world_id=world_id, output=report.output)
            step = Step(events=(sent,), to=State.SENT)
        case NmiAnswer.NOT_SENT:
            not_sent = NmiNotSent(
                vm=target.name, host=target.host_name, world_id=world_id, output=report.output
            )
            step = Step(events=(not_sent,), to=State.ENDING, set={"outcome": Outcome.FAILED})
        case NmiAnswer.UNKNOWN:
            await _unknown(tools, request, intent, output=report.output, restarted=False)
            return
    await tools.committer.commit(request.id, RESULT, lambda _: step)


async def _unknown(tools: Tools, request: Request, intent: Entry, *, output: str, restarted: bool) -> None:
    target = target_of(request)
    intended = intent.event
    if not isinstance(intended, NmiIntended):
        raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause="the NMI's intent is something else")
    event = NmiUnknown(
        vm=target.name,
        host=target.host_name,
        world_id=intended.world_id,
        output=output,
        restarted=restarted,
        intended_at=intent.at,
    )
    await tools.committer.commit(request.id, RESULT, lambda _: Step(events=(event,), to=State.SENT))
