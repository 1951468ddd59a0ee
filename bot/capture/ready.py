"""Phase 1: what was approved is read again, and must still be so."""

from __future__ import annotations

from bot.capture.looking import console_looks
from bot.capture.planning import plan_for
from bot.capture.tools import Tools, still_fresh, target_of
from bot.core.errors import Code, VmdumpError
from bot.core.events import PlanChanged, PlanConfirmed
from bot.core.plan import Plan
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step


async def ready(tools: Tools, request: Request) -> None:
    """APPROVED to READY, or to its end if the plan is no longer the approved one."""
    still_fresh(tools, request)
    target = target_of(request)
    plan, before = await plan_for(tools, target.vcenter, target.moid, request.purpose)
    digest = plan.digest()
    if digest != request.digest:
        if request.plan is None or request.digest is None:
            raise VmdumpError(Code.INTERNAL, cause="approved without a plan")
        changed = PlanChanged(
            approved=request.digest, found=digest, differences=differences(request.plan, plan)
        )
        step = Step(events=(changed,), to=State.ENDING, set={"outcome": Outcome.PLAN_CHANGED})
    else:
        looks = await console_looks(tools, request)
        confirmed = PlanConfirmed(digest=digest, dump_before=before, looks=looks)
        step = Step(events=(confirmed,), to=State.READY, set={"plan": plan})
    await tools.committer.commit(request.id, "ready", lambda _: step)


def differences(approved: Plan, found: Plan) -> tuple[str, ...]:
    """What a person must look at, as ``name: before -> now``."""
    pairs = [
        ("purpose", approved.purpose.value, found.purpose.value),
        ("host", approved.machine.target.host_name, found.machine.target.host_name),
        ("vmx", approved.machine.target.vmx_path, found.machine.target.vmx_path),
        ("changes", _labels(approved), _labels(found)),
    ]
    levels = {f.code: f.level.value for f in approved.findings}
    pairs += [(f.code, levels.get(f.code, "none"), f.level.value) for f in found.findings]
    return tuple(f"{name}: {before} -> {now}" for name, before, now in pairs if before != now)


def _labels(plan: Plan) -> str:
    return ", ".join(change.label for change in plan.changes) or "none"
