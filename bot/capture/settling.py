"""Waiting for the dump to be whole: Windows copies it out of its page file after the restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.capture.guest_dump import Found, read_dump, read_log
from bot.capture.looking import confirmed, nmi_intent
from bot.capture.release import wait
from bot.capture.tools import Tools, plan_of
from bot.core.dump_kind import DumpKind
from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpGrowing
from bot.core.guest_readings import LinuxReadings
from bot.core.kernel_log import KernelLog
from bot.core.plan import Plan
from bot.core.request import Request
from bot.core.verdict import Answer, Verdict, Wanted, judge, sum_of
from bot.store.commit import Step

HOPELESS = frozenset({Code.GUEST_LOGIN, Code.NO_GUEST_CREDENTIALS, Code.GUEST_CERTIFICATE})
"""errors that waiting does not mend"""
OSRELEASE = "/proc/sys/kernel/osrelease"
CRASH_DUMP = "crash-dump"
"""code of the finding that says what kind of dump a Windows is set to write"""
PARTIAL: frozenset[DumpKind] = frozenset({"kernel", "automatic", "active"})
"""kinds that leave pages out, and are dumps of use all the same"""
Settled = tuple[Found, KernelLog | None, Verdict]


async def wanted_of(tools: Tools, request: Request) -> Wanted:
    """The machine and the crash that the dump must be of."""
    plan, nmi = plan_of(request), (await nmi_intent(tools, request))[0]
    before = await confirmed(tools, request)
    machine = plan.machine
    return Wanted(
        family=machine.family,
        memory_mib=machine.memory_mib,
        cpus=machine.cpus,
        nmi_at=nmi.at,
        all_memory=wants_all_memory(plan),
        host_name=machine.guest_host_name,
        os_release=await _release(tools, request, nmi.at),
        looked_before=before.looked_before,
        before=before.dump_before,
    )


async def _release(tools: Tools, request: Request, nmi_at: datetime) -> str | None:
    """The kernel that a Linux told for this request: before and after it, another one may have run."""
    told = await tools.reader.readings(request.vm_key)
    if not isinstance(told, LinuxReadings) or not request.created_at <= told.read_at <= nmi_at:
        return None
    return told.files.get(OSRELEASE, "").strip() or None


def wants_all_memory(plan: Plan) -> bool:
    """Whether the guest is set to write all, as far as it told.

    Every distribution of Linux ships settings that leave out pages of processes.
    """
    partial = any(f.code == CRASH_DUMP and f.seen in PARTIAL for f in plan.findings)
    return plan.machine.family != "linux" and not partial


async def settled(tools: Tools, request: Request) -> Settled:
    """Looks until the dump is proved, or until it has had its time. Raises ``VmdumpError``."""
    memory_mib = plan_of(request).machine.memory_mib
    end = tools.clock.now() + timedelta(seconds=tools.times.settle_of(memory_mib))
    wanted = await wanted_of(tools, request)
    last: Found | None = None
    while True:
        found, error = await _look(tools, request)
        over = tools.clock.now() >= end
        if found is not None:
            # A file of its full length may still be filled, and what could not be read for once may be
            # there at the next look.
            if over or (found == last and _final(judge(found.facts, found.file, wanted))):
                return await _judged(tools, request, found, wanted)
            if last is not None and last.file.path == found.file.path and last.file != found.file:
                await _growing(tools, request, found, end)
        elif over:
            plan = plan_of(request)
            vm, file = plan.machine.target.name, plan.dump_file or ""
            raise error or VmdumpError(Code.NO_DUMP, vm=vm, file=file)
        last = found
        await wait(tools, request)


async def _look(tools: Tools, request: Request) -> tuple[Found | None, VmdumpError | None]:
    try:
        return await read_dump(tools, request), None
    except VmdumpError as error:
        if error.code in HOPELESS:
            raise
        return None, error


def _final(verdict: Verdict) -> bool:
    """Whether nothing is missing that could still be written.

    The name or the header of an older crash is still there until the new file is copied over it.
    """
    missing = any(c.answer is Answer.NO for c in verdict.complete if c.name in {"size", "whole"})
    return verdict.proved or (sum_of(verdict.ours) is Answer.YES and not missing)


async def _judged(tools: Tools, request: Request, found: Found, wanted: Wanted) -> Settled:
    """With what the kernel's log says besides."""
    log = await read_log(tools, request, found.place.log)
    told = wanted if log is None else wanted.model_copy(update={"panic": log.panic})
    return found, log, judge(found.facts, found.file, told)


async def _growing(tools: Tools, request: Request, found: Found, end: datetime) -> None:
    """Said once."""
    left = (end - tools.clock.now()).total_seconds()
    event = DumpGrowing(file=found.file, expected_size=found.facts.expected_size, wait_seconds=left)
    await tools.committer.commit(request.id, "dump-growing", lambda _: Step(events=(event,)))
