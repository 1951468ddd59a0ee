"""Phase 8: is the file in the guest a complete dump of this machine and this crash?"""

from __future__ import annotations

from datetime import timedelta

from bot.capture.guarding import release_guards
from bot.capture.looking import confirmed, nmi_intent
from bot.capture.release import wait
from bot.capture.tools import Tools, plan_of, target_of
from bot.core.dump_facts import DumpFacts
from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpFound, Judged, NotVerified
from bot.core.request import Outcome, Request, State
from bot.core.signs import GuestFile
from bot.core.verdict import Answer, Verdict, judge, sum_of
from bot.store.commit import Step

START_OF_FILE = 16 << 10
"""bytes: enough for the header of every kind of Windows dump"""
HOPELESS = frozenset({Code.GUEST_LOGIN, Code.NO_GUEST_CREDENTIALS, Code.GUEST_CERTIFICATE})
"""errors that waiting does not mend"""

Found = tuple[GuestFile, DumpFacts]


async def read_dump(tools: Tools, request: Request) -> Found | None:
    """The dump file as it is now; None if there is none. Raises ``VmdumpError``."""
    target = target_of(request)
    path = plan_of(request).dump_file
    if path is None:
        raise VmdumpError(Code.NO_GUEST_CREDENTIALS, vm=target.name)
    vcenter = tools.vcenter(target)
    file = await vcenter.guest_file(target.moid, path)
    if file is None:
        return None
    start = await vcenter.guest_file_start(target.moid, path, min(START_OF_FILE, file.size))
    return file, tools.formats.read(start, file.size)


async def verify(tools: Tools, request: Request) -> None:
    """REBOOTED to VERIFIED; the outcome says what was proved."""
    # The guest is proved up, and what it wrote may take long to be whole: the cluster may have it back.
    await release_guards(tools, request)
    try:
        found, verdict = await _settled(tools, request)
    except VmdumpError as error:
        incomplete = error.code in {Code.NO_DUMP, Code.DUMP_FORMAT}
        outcome = Outcome.INCOMPLETE if incomplete else Outcome.NOT_VERIFIED
        step = Step(
            events=(NotVerified(code=error.code, params=error.params),),
            to=State.VERIFIED,
            set={"outcome": outcome},
        )
        await tools.committer.commit(request.id, "verdict", lambda _: step)
        return
    file, facts = found
    if verdict.proved:
        outcome = Outcome.CAPTURED
    else:
        outcome = Outcome.INCOMPLETE if verdict.disproved else Outcome.NOT_VERIFIED
    events = (DumpFound(file=file, facts=facts), Judged(file=file, facts=facts, verdict=verdict))
    step = Step(events=events, to=State.VERIFIED, set={"outcome": outcome})
    await tools.committer.commit(request.id, "verdict", lambda _: step)


async def _settled(tools: Tools, request: Request) -> tuple[Found, Verdict]:
    """Looks until the dump is proved, or until Windows has had its time to copy it out of the page file."""
    end = tools.clock.now() + timedelta(seconds=tools.times.settle)
    before = (await confirmed(tools, request)).dump_before
    nmi, _ = await nmi_intent(tools, request)
    plan = plan_of(request)
    machine = plan.machine
    last: Found | None = None
    while True:
        error: VmdumpError | None = None
        try:
            found = await read_dump(tools, request)
        except VmdumpError as caught:
            if caught.code in HOPELESS:
                raise
            found, error = None, caught
        if found is not None:
            verdict = judge(
                found[1],
                found[0],
                memory_mib=machine.memory_mib,
                cpus=machine.cpus,
                nmi_at=nmi.at,
                before=before,
            )
            stable = last is not None and last[0] == found[0]
            # The name or the header of an older crash is still there until the new file is copied over it.
            if verdict.proved or (stable and sum_of(verdict.ours) is Answer.YES and _whole(verdict)):
                return found, verdict
            if tools.clock.now() >= end:
                return found, verdict
        elif tools.clock.now() >= end:
            raise error or VmdumpError(Code.NO_DUMP, vm=machine.target.name, file=plan.dump_file or "")
        last = found
        await wait(tools, request)


def _whole(verdict: Verdict) -> bool:
    """Whether nothing is missing that could still be written."""
    return all(check.answer is not Answer.NO for check in verdict.complete if check.name == "size")
