"""The message that people vote on, and what becomes of the plan."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.finding import Finding, Level
from bot.core.plan import Plan
from bot.core.policy.approvers import Approvers
from bot.core.purpose import Purpose
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup, escape, group, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown

OF_INTEREST = frozenset({"dump-file", "dump-before", "lockdown", "host-key", "bastion-key"})
"""findings that are shown when they are well; the others only when they are not"""


@renders(e.Planned)
def planned(event: e.Planned, entry: Entry, t: Texts) -> Rendered:
    plan = event.plan
    vm = plan.machine.target.name
    if event.round == 1:
        text_id = "planned.head-rehearsal" if _is_rehearsal(plan) else "planned.head"
        head = t(text_id, requester=person(event.requester), vm=vm, id=entry.journal)
    else:
        head = t("planned.head-again", id=entry.journal, vm=vm, round=event.round)
    vote = t(
        "planned.vote",
        deadline=units.clock(event.deadline),
        quorum=event.requirement.quorum,
        approvers=joined([_approvers(a) for a in event.approvers]),
        digest=units.short_hash(event.digest),
    )
    return shown(
        head,
        _cost(plan, t),
        joined([_reason(event, t), *_plan(plan, t)], "\n"),
        vote,
    )


@renders(e.PlanChanged)
def plan_changed(event: e.PlanChanged, _: Entry, t: Texts) -> Rendered:
    return shown(t("plan-changed", differences="; ".join(event.differences)))


def _approvers(approvers: Approvers) -> Markup:
    """Calls the people; a user group calls its members by itself."""
    if approvers.usergroup is not None:
        return group(approvers.usergroup)
    people = joined([person(one) for one in approvers.people], " ")
    return people if approvers.people == (approvers.name,) else Markup(f"{escape(approvers.name)} ({people})")


def _is_rehearsal(plan: Plan) -> bool:
    return plan.purpose is Purpose.REHEARSAL


def _plan(plan: Plan, t: Texts) -> list[Markup]:
    tried = [t("planned.rehearsed", vm=plan.machine.target.name)] if _is_rehearsal(plan) else []
    return [_machine(plan, t), _ready(plan, t), *tried, _changes(plan, t), _route(plan, t)]


def _cost(plan: Plan, t: Texts) -> Markup:
    machine = plan.machine
    owner = t(
        "planned.owner",
        notes=machine.notes or t("planned.no-notes"),
        cluster=machine.cluster or t("planned.no-cluster"),
    )
    if _is_rehearsal(plan):
        target = machine.target
        return t("planned.no-cost", vm=target.name, owner=owner, host=target.host_name)
    least, most = plan.down_seconds
    return t(
        "planned.cost",
        vm=machine.target.name,
        owner=owner,
        least=units.seconds(least),
        most=units.seconds(most),
    )


def _reason(event: e.Planned, t: Texts) -> Markup:
    return t("planned.reason", reason=event.reason or t("planned.no-reason"))


def _machine(plan: Plan, t: Texts) -> Markup:
    machine = plan.machine
    tools = f"tools.{machine.tools}"
    return t(
        "planned.machine",
        guest=machine.guest_name,
        memory=units.mebibytes(machine.memory_mib),
        cpus=machine.cpus,
        host=machine.target.host_name,
        version=plan.host_version,
        tools=t(tools) if t.has(tools) else machine.tools,
    )


def _ready(plan: Plan, t: Texts) -> Markup:
    found = [f for f in plan.findings if f.code in OF_INTEREST or f.level is not Level.OK]
    # A host that is not locked down is no news.
    found = [f for f in found if (f.code, f.level) != ("lockdown", Level.OK)]
    return t("planned.ready", findings=joined([_finding(f, plan.purpose, t) for f in found], " · "))


def _finding(finding: Finding, purpose: Purpose, t: Texts) -> Markup:
    plain = f"finding.{finding.code}"
    by_level = f"{plain}.{finding.level.value}"
    text_id = next(i for i in (f"{by_level}.{purpose.value}", by_level, plain) if t.has(i))
    return Markup(f"{t(f'level.{finding.level.value}')} {t(text_id, seen=finding.seen)}")


def _changes(plan: Plan, t: Texts) -> Markup:
    parts = [t("planned.change", label=change.label) for change in plan.changes] or [t("planned.no-changes")]
    if plan.already_on:
        parts.append(t("planned.already-on", labels=", ".join(plan.already_on)))
    return t("planned.changes", host=plan.machine.target.host_name, changes=joined(parts, " · "))


def _route(plan: Plan, t: Texts) -> Markup:
    target = plan.machine.target
    passed = [
        t(
            "planned.route-passed",
            route=route,
            reason=t.error(code, {"vm": target.name, "host": target.host_name}),
        )
        for route, code in plan.route_reasons
    ]
    return joined([t("planned.route", route=plan.route.value), *passed], " · ")
