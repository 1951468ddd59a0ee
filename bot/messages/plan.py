"""The message that people vote on, and what becomes of the plan."""

from __future__ import annotations

from dataclasses import replace

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.estimate import Estimate
from bot.core.finding import Finding, Level
from bot.core.plan import Plan, Restart
from bot.core.policy.model import Means
from bot.core.purpose import Purpose
from bot.core.readiness import GUEST
from bot.core.route import Route
from bot.messages import units
from bot.messages.arming import courses
from bot.messages.catalogue import Texts
from bot.messages.changes import course
from bot.messages.escaping import Markup, original, person
from bot.messages.rendered import Button, Rendered, VoteButton
from bot.messages.renderers import joined, renders, shown
from bot.messages.terms import terms

OF_INTEREST = frozenset(
    {"dump-file", "dump-before", "host-key", "bastion-key", "crash-dump", "dump-form", "kdump-target"}
)
"""findings that are shown when they are well; the others only when they are not"""


HEADS = {
    Purpose.CAPTURE: "planned.head",
    Purpose.REHEARSAL: "planned.head-rehearsal",
    Purpose.ARM: "planned.head-arming",
}
TOLD_LONG_AGO = 120.0
"""seconds after which it is said how old what the guest told is"""


@renders(e.Planned)
def planned(event: e.Planned, entry: Entry, t: Texts) -> Rendered:
    rendered = shown(*plan_sections(event, entry.journal, t), terms(event, t))
    return replace(rendered, buttons=tuple(_button(button, event, t) for button in _buttons(event)))


def plan_sections(event: e.Planned, request: str, t: Texts) -> tuple[Markup, ...]:
    """What would be done, without how to vote on it."""
    plan = event.plan
    vm = plan.machine.target.name
    if event.round == 1:
        text_id = HEADS[plan.purpose]
        head = t(text_id, requester=person(event.requester), vm=vm, id=request)
    else:
        head = t(
            "planned.head-again",
            id=request,
            vm=vm,
            round=event.round,
            differences="; ".join(event.differences),
        )
    return head, _cost(plan, t), joined([_reason(event, t), *_plan(plan, t)], "\n")


def _buttons(event: e.Planned) -> tuple[VoteButton, ...]:
    """Those that could lead to something."""
    by_button = (VoteButton.APPROVE, VoteButton.DENY) if Means.BUTTON in event.requirement.by else ()
    return (*by_button, *((VoteButton.GLASS,) if event.break_glass else ()))


def _button(button: VoteButton, event: e.Planned, t: Texts) -> Button:
    return Button(button, original(t(f"button.{button.value}")), event.digest[:12])


@renders(e.Checked)
def checked(event: e.Checked, _: Entry, t: Texts) -> Rendered:
    plan = event.plan
    levels = {finding.level for finding in plan.findings}
    answer = "no" if Level.BLOCK in levels else "warn" if levels - {Level.OK} else "yes"
    head = t("checked.head", vm=plan.machine.target.name, answer=t(f"checked.{answer}"))
    expected = [] if plan.estimate is None else [estimated(plan.estimate, t)]
    told = readiness(plan.findings, plan.purpose, t)
    return shown(head, joined([_machine(plan, t), *told, *expected, _route(plan, t)], "\n"))


@renders(e.PlanChanged)
def plan_changed(event: e.PlanChanged, _: Entry, t: Texts) -> Rendered:
    return shown(t("plan-changed", differences="; ".join(event.differences)))


@renders(e.PlanFollowed)
def plan_followed(event: e.PlanFollowed, _: Entry, t: Texts) -> Rendered:
    moved = event.before != event.now
    parts = [t("plan-followed.moved", vm=event.vm, before=event.before, now=event.now)] if moved else []
    if event.dropped:
        routes = ", ".join(event.dropped)
        parts.append(t("plan-followed.dropped", routes=routes, before=event.before))
    return shown(joined(parts, " "))


def _is_rehearsal(plan: Plan) -> bool:
    return plan.purpose is Purpose.REHEARSAL


def _plan(plan: Plan, t: Texts) -> list[Markup]:
    ready = readiness(plan.findings, plan.purpose, t)
    if plan.purpose is Purpose.ARM:
        changes = t("planned.arming", changes=courses(plan.guest, t))
        return [_machine(plan, t), changes, *ready, t(f"restart.{plan.restart.value}")]
    tried = [t("planned.rehearsed", vm=plan.machine.target.name)] if _is_rehearsal(plan) else []
    expected = [] if plan.estimate is None else [estimated(plan.estimate, t)]
    return [
        _machine(plan, t),
        *ready,
        *expected,
        *_overridden(plan, t),
        *tried,
        _changes(plan, t),
        _route(plan, t),
    ]


def _overridden(plan: Plan, t: Texts) -> list[Markup]:
    if not plan.overridden:
        return []
    codes = ", ".join(plan.overridden)
    return [t("planned.overridden", codes=codes)]


def _cost(plan: Plan, t: Texts) -> Markup:
    machine = plan.machine
    owner = t(
        "planned.owner",
        notes=" · ".join(machine.notes.split("\n")) or t("planned.no-notes"),
        cluster=machine.cluster or t("planned.no-cluster"),
    )
    if plan.purpose is Purpose.ARM:
        text_id = "planned.arming-restart" if plan.restart is Restart.DONE else "planned.arming-cost"
        return t(text_id, vm=machine.target.name, owner=owner)
    if _is_rehearsal(plan):
        target = machine.target
        return t("planned.no-cost", vm=target.name, owner=owner, host=target.host_name)
    least, most = plan.down_seconds
    rate = "measured" if plan.estimate and plan.estimate.measured else "assumed"
    return t(
        "planned.cost",
        vm=machine.target.name,
        owner=owner,
        least=units.seconds(least),
        most=units.seconds(most),
        rate=t(f"planned.rate.{rate}"),
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


def readiness(findings: tuple[Finding, ...], purpose: Purpose, t: Texts) -> list[Markup]:
    """What was seen from outside, and what the guest told of itself, with its age."""
    found = [f for f in findings if f.code in OF_INTEREST or f.level is not Level.OK]
    told = [f for f in found if f.source == GUEST]
    seen = [f for f in found if f.source != GUEST]
    lines = []
    if seen:
        lines.append(t("planned.ready", findings=joined([_finding(f, purpose, t) for f in seen], " · ")))
    if told:
        now = max(f.read_at for f in findings)
        age = (now - min(f.read_at for f in told)).total_seconds()
        text_id = "planned.told-before" if age > TOLD_LONG_AGO else "planned.told"
        if purpose is Purpose.ARM:
            text_id = "planned.told-then"
        said = joined([_finding(f, purpose, t) for f in told], " · ")
        lines.append(t(text_id, findings=said, age=units.seconds(age)))
    return lines


def estimated(expected: Estimate, t: Texts) -> Markup:
    """Size and times, and whether the rate was measured."""
    measured = expected.measured
    rate = (
        t("estimate.assumed")
        if measured is None
        else t("estimate.measured", rate=units.rate(measured.rate), id=measured.request)
    )
    return t(
        "estimate",
        size=units.between(expected.dump_bytes, units.about),
        write=units.between(expected.write_seconds, units.seconds),
        restart=units.between(expected.restart_seconds, units.seconds),
        rate=rate,
    )


def _finding(finding: Finding, purpose: Purpose, t: Texts) -> Markup:
    plain = f"finding.{finding.code}"
    by_level = f"{plain}.{finding.level.value}"
    text_id = next(i for i in (f"{by_level}.{purpose.value}", by_level, plain) if t.has(i))
    return Markup(f"{t(f'level.{finding.level.value}')} {t(text_id, seen=finding.seen)}")


def _changes(plan: Plan, t: Texts) -> Markup:
    """What the cluster is kept from, what the first route changes, and what a later one would change."""
    host = plan.machine.target.host_name
    first, *later = plan.legs
    lines = []
    if plan.guards:
        guards = joined([course(change, t) for change in plan.guards], " · ")
        lines.append(t("planned.guards", cluster=plan.guards[0].place, changes=guards))
    parts = [course(change, t) for change in first.changes] or [t("planned.no-changes")]
    if first.already_on:
        parts.append(t("planned.already-on", labels=", ".join(first.already_on)))
    lines.append(t("planned.changes", host=host, changes=joined(parts, " · ")))
    for leg in later:
        besides = [course(change, t) for change in leg.changes] or [t("planned.no-changes")]
        changes = joined(besides, " · ")
        lines.append(t("planned.changes-later", route=leg.route.value, host=host, changes=changes))
    return joined(lines, "\n")


def _route(plan: Plan, t: Texts) -> Markup:
    routes = [leg.route.value for leg in plan.legs]
    text = t("planned.route.bundle" if plan.route is Route.BUNDLE else "planned.route", route=routes[0])
    if len(routes) > 1:
        text = t("planned.routes", first=routes[0], then=", ".join(routes[1:]))
    passed = [
        t("planned.route-passed", route=over.route.value, reason=t.error(over.code, over.params))
        for over in plan.passed_over
    ]
    return joined([text, *passed], " · ")
