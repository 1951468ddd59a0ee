"""Phase 8: is the file in the guest a complete dump of this machine and this crash?"""

from __future__ import annotations

from bot.capture.guarding import release_guards
from bot.capture.settling import Settled, settled
from bot.capture.tools import Tools
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpFound, Judged, KernelLogRead, NotVerified
from bot.core.request import Outcome, Request, State
from bot.core.verdict import Verdict
from bot.store.commit import Step


async def verify(tools: Tools, request: Request) -> None:
    """REBOOTED to VERIFIED; the outcome says what was proved."""
    # The guest is proved up, and what it wrote may take long to be whole: the cluster may have it back.
    await release_guards(tools, request)
    try:
        told = await settled(tools, request)
    except VmdumpError as error:
        incomplete = error.code in {Code.NO_DUMP, Code.DUMP_FORMAT}
        outcome = Outcome.INCOMPLETE if incomplete else Outcome.NOT_VERIFIED
        events: tuple[Event, ...] = (NotVerified(code=error.code, params=error.params),)
    else:
        outcome, events = _outcome(told[2]), _events(told)
    step = Step(events=events, to=State.VERIFIED, set={"outcome": outcome})
    await tools.committer.commit(request.id, "verdict", lambda _: step)


def _outcome(verdict: Verdict) -> Outcome:
    if verdict.proved:
        return Outcome.CAPTURED
    return Outcome.INCOMPLETE if verdict.disproved else Outcome.NOT_VERIFIED


def _events(told: Settled) -> tuple[Event, ...]:
    found, log, verdict = told
    # The log of an earlier crash says nothing of this one.
    read = () if log is None or verdict.old else (KernelLogRead(log=log),)
    facts = DumpFound(file=found.file, facts=found.facts)
    return (facts, *read, Judged(file=found.file, facts=found.facts, verdict=verdict))
