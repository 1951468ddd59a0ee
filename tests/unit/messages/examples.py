"""An entry of each kind, built from its fields, with one text wherever a text is free."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import product, zip_longest
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from bot.core.befallen import CUTS, Befallen
from bot.core.dump_facts import DumpFacts
from bot.core.entry import GENESIS, Entry, Event, chain
from bot.core.errors import Code
from bot.core.estimate import Measured, estimate
from bot.core.events import (
    Answered,
    Armed,
    Checked,
    Closed,
    CrashSeen,
    CrashUnknown,
    Disarmed,
    DumpCut,
    DumpProgress,
    Explained,
    Judged,
    NmiIntended,
    NmiNotSent,
    NmiSent,
    NmiUnknown,
    NotBack,
    Planned,
    Prepared,
    SignsRead,
)
from bot.core.finding import Finding, Level
from bot.core.plan import Plan, Restart
from bot.core.policy.decision import Decision
from bot.core.policy.explaining import Explanation, RuleSeen
from bot.core.policy.model import Means
from bot.core.purpose import Purpose
from bot.core.readiness import assess
from bot.core.rehearsal import Part
from bot.core.route import Leg, Route
from bot.core.surroundings import Volume
from bot.core.value import Value
from bot.core.verdict import ALL_MEMORY, Answer, Check, Verdict
from bot.core.win_bsod import BugCheck
from bot.guest.linux_findings import assess_linux
from bot.guest.windows_findings import assess_windows
from tests.unit.core.things import (
    DUMP,
    NOW,
    REQUEST,
    cluster_at_work,
    every_change,
    every_guest_change,
    finding,
    host,
    known_key,
    leg,
    machine,
    plan,
    requirement,
    signs,
    store,
    surroundings,
)
from tests.unit.guest.readings import (
    CRASH,
    FULL,
    FULL_LINUX,
    ROOMY,
    ROOMY_LINUX,
    linux,
    unwell_linux,
    unwell_windows,
    windows,
)

CHOICES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("answered", "topic"): ("help", "status", "doctor", "disarm"),
    ("armed", "restart"): tuple(Restart),
    ("closed", "kept"): (0, 3),
    ("no-crash", "family"): ("windows", "linux", "other"),
    ("rebooted", "family"): ("windows", "linux", "other"),
    ("dump-written", "sign"): ("reboot-event", "blue-screen-gone", "tools-back"),
    ("dump-cut", "by"): tuple(what.value for what in CUTS),
    ("befell", "what"): tuple(what.value for what in Befallen),
    ("not-back", "power"): ("poweredOn", "poweredOff", "suspended"),
    ("closed", "befell"): (tuple(what.value for what in Befallen), ()),
    ("crash-seen", "witnesses"): (
        ("kernel-crashed", "crash-event", "reboot-event"),
        ("blue-screen", "heartbeat-lost", "dump-file"),
    ),
    ("vcenter-told", "subject"): ("vm", "host"),
    ("vcenter-tell-failed", "subject"): ("vm", "host"),
    ("planned", "round"): (1, 2),
    ("prepared", "labels"): (("ESXi Shell", "SSH"),),
    ("prepared", "besides"): (("firewall sshServer",),),
    ("released", "labels"): (("ESXi Shell", "SSH"), ()),
    ("released", "besides"): (("firewall sshServer",), ("firewall sshServer",)),
    ("nmi-intended", "route"): (Route.API, Route.BUNDLE),
    ("nmi-sent", "route"): (Route.API,),
    ("nmi-not-sent", "route"): (Route.API, Route.BUNDLE),
    ("prepared", "guards"): (("HA VM monitoring",), ()),
    ("plan-followed", "before"): ("esx-04.example.com",),
    ("voted", "choice"): ("approve", "deny"),
    ("voted", "means"): tuple(Means),
    ("vote-late", "choice"): ("approve", "deny"),
    ("vote-withdrawn", "found"): (True, False),
    ("glass-reviewed", "words"): ("", "rightly so"),
    ("asked", "purpose"): tuple(Purpose),
    ("failed", "purpose"): tuple(Purpose),
    ("rehearsal-read", "failed"): ("login", "identity"),
    ("rehearsal-failed", "failed"): ("login", "process-list", "identity", "vmdumper"),
}
"""Fields whose values choose the words."""
BAD_MACHINE = {
    "power": "suspended",
    "connection": "invalid",
    "question": "?",
    "template": True,
    "fault_tolerance": "running",
    "migrating": True,
    "disabled_methods": ("SendNMI",),
    "encrypted": True,
    "heartbeat": "red",
}
BAD_SURROUNDINGS: tuple[dict[str, Any], ...] = (
    {
        "tools_version": "guestToolsTooOld",
        "volumes": (Volume(path="C:\\", capacity=60, free=1),),
        "stores": (store(free=1),),
        "snapshots": 2,
        "consolidation_needed": True,
        "tasks": ("VirtualMachine.createSnapshot",),
    },
    {"tools_version": None, "volumes": None, "stores": (store(free=None, capacity=None),)},
)
BAD_HOST = {"connection": "notResponding", "lockdown": "lockdownStrict", "services": ()}
KEYS = tuple(
    known_key(server=server, **state)
    for server in ("host", "bastion")
    for state in ({}, {"types": ()}, {"unread": "No such file or directory"})
)
PICKED: dict[type[Event], dict[str, Any]] = {
    DumpProgress: {},
    DumpCut: {"by": "ha-reset"},
    NotBack: {"power": "poweredOn"},
    CrashUnknown: {},
}
"""variants of which only one is needed"""
BUG_CHECK = BugCheck(code=0x80, parameters=(0x4F4454, 0, 0, 0), lines=())
CHECKS = {
    "valid": ("type",),
    "complete": ("size", "whole", "kind"),
    "ours": (
        "memory",
        "cpus",
        "bug-check",
        "panic",
        "crash-time",
        "newer",
        "os-release",
        "host-name",
    ),
}


def entries(text: str) -> list[Entry]:
    """Every kind, in as many variants as its choices and optional fields give."""
    return [entry(event) for event in (*events(text), *rare(text))]


def entry(event: Event) -> Entry:
    return chain(REQUEST, 1, GENESIS, key="k", at=NOW, actor="vmdump", event=event)


def events(text: str) -> Iterator[Event]:
    for kind, model in Event.kinds.items():
        choices = {field: values for (of, field), values in CHOICES.items() if of == kind}
        for full in (True, False):
            for picked in zip_longest(*choices.values()) if choices else [()]:
                given = {
                    name: value for name, value in zip(choices, picked, strict=True) if value is not None
                }
                yield fill(model, text, full=full, **given)


def rare(text: str) -> Iterator[Event]:
    """Variants that hang on two values at once."""
    for nmi in (NmiIntended, NmiNotSent, NmiSent):
        yield fill(nmi, text, full=True, route=Route.SSH)
    yield fill(Prepared, text, full=False, labels=(), guards=())
    yield fill(NmiUnknown, text, full=False, output="")
    yield fill(NmiUnknown, text, full=False, route=Route.BUNDLE, output="HTTP 200")
    yield fill(Closed, text, full=True, befell=(), changes=2, restored=1, taken_over=0, kept=0)
    yield fill(Closed, text, full=True, befell=(), changes=2, restored=1, taken_over=1, kept=0)
    yield fill(Closed, text, full=True, befell=(), changes=0, restored=0, restored_from=None)
    yield fill(DumpProgress, text, full=True, after_seconds=600, expected_seconds=(140, 460))
    for kind in (DumpProgress, DumpCut, NotBack, CrashUnknown):
        yield fill(kind, text, full=True, **PICKED[kind], rate=88_000_000)
    yield fill(CrashSeen, text, full=True, witnesses=("vmware-log",), bug_check=BUG_CHECK)
    yield fill(SignsRead, text, full=True, signs=signs())
    yield fill(Planned, text, full=True, requirement=requirement(by=tuple(Means)))
    for explanation in explanations(text):
        yield fill(Explained, text, full=True, explanation=explanation)
    unsure = tuple(checks(("cpus",), text, full=True))[:1:-1]
    yield fill(Planned, text, full=True, round=1, plan=rehearsal(text))
    yield from readiness(text)
    yield fill(Judged, text, full=False, verdict=Verdict(valid=(), complete=(), ours=unsure))
    for expected_size in (3, 5):
        whole = tuple(checks(("whole",), text, full=False))
        bad = Verdict(valid=(), complete=whole, ours=tuple(checks(("memory",), text, full=True)))
        facts = fill(DumpFacts, text, full=True, expected_size=expected_size)
        yield fill(Judged, text, full=True, facts=facts, verdict=bad)
    everything = (Check(name="kind", answer=Answer.YES, expected=ALL_MEMORY, found=text),)
    yield fill(Judged, text, full=False, verdict=Verdict(valid=(), complete=everything, ours=()))
    for change in every_change():
        for model in (m for m in Event.kinds.values() if "change" in m.model_fields):
            yield fill(model, text, full=True, change=change)
    yield fill(Planned, text, full=True, plan=plan(guards=every_change(), legs=(leg(), leg(route=Route.API))))
    yield fill(Planned, text, full=True, plan=plan(legs=(leg(route=Route.BUNDLE),)))
    for tools in ("guestToolsRunning", "guestToolsNotRunning", "guestToolsExecutingScripts"):
        yield fill(Planned, text, full=False, plan=plan(machine=machine(tools=tools)))


def readiness(text: str) -> Iterator[Event]:
    """Plans of arming; what was told long ago; what is overridden; what was put back."""
    changes = every_guest_change()
    for restart in Restart:
        yield fill(Planned, text, full=True, round=1, plan=arming(text, guest=changes, restart=restart))
    yield fill(Armed, text, full=True, changes=changes, restart=Restart.DONE, back_seconds=None)
    yield fill(Armed, text, full=True, changes=changes, restart=Restart.DONE, back_seconds=3.0)
    for put_back in (changes, changes[2:3], ()):
        yield fill(Disarmed, text, full=True, changes=put_back)
    yield fill(Answered, text, full=True, topic="disarm", lines=(text, text))
    ago = finding("crash-dump", Level.BLOCK, text, source="guest")
    ago = ago.model_copy(update={"read_at": NOW - timedelta(hours=3)})
    measured = Measured(rate=100 << 20, request=REQUEST, at=NOW)
    silent = finding("guest", Level.UNKNOWN, text, source="guest")
    yield fill(Planned, text, full=True, plan=plan(findings=(finding(), silent)))
    for rate in (None, measured):
        expected = estimate((1 << 30, 4 << 30), "windows", rate)
        read = plan(findings=(finding(), ago), overridden=("crash-dump",), estimate=expected)
        yield fill(Planned, text, full=True, plan=read)
    for level in Level:
        yield fill(Checked, text, full=True, plan=plan(findings=(finding("power", level, text),)))


def arming(text: str, **changed: Any) -> Plan:
    told = finding("crash-dump", Level.OK, text, source="guest")
    return plan(purpose=Purpose.ARM, legs=(), findings=(finding(), told), **changed)


def explanations(text: str) -> Iterator[Explanation]:
    """A rule for each of its sentences; nobody left to approve; nothing asked for."""
    nothing = {"misfits": (), "unread": (), "unsure": (), "grants": False, "denies": False}
    rules = [nothing, *({**nothing, name: (text,)} for name in ("unread", "unsure"))]
    rules += [{**nothing, name: True} for name in ("grants", "denies")]
    seen = tuple(RuleSeen(name=text, **rule) for rule in rules)
    yield fill(Explanation, text, full=True, rules=seen, could_approve=())
    refused = Decision(allowed=False, code=Code.NOT_ALLOWED)
    yield fill(Explanation, text, full=True, rules=seen, decision=refused)


def rehearsal(text: str) -> Plan:
    return plan(purpose=Purpose.REHEARSAL, findings=findings(text))


def fill(model: type[Any], text: str, *, full: bool, **given: Any) -> Any:
    """A value of a model; ``full`` sets what may be None, and makes two of what there may be many."""
    if model is Verdict:
        given = {part: tuple(checks(names, text, full=full)) for part, names in CHECKS.items()}
    values = {
        name: given[name] if name in given else make(field.annotation, text, full=full)
        for name, field in model.model_fields.items()
    }
    if "params" in values:
        values["params"] = {"vm": text, "near": text, "guests": text, "choices": text, "cause": text}
    return model.model_validate(values)


def make(annotation: Any, text: str, *, full: bool) -> Any:  # noqa: C901  # one line a type
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return inner[0]
    if origin is Annotated:
        return make(inner[0], text, full=full)
    if origin in (Union, types.UnionType):
        may_be_none = type(None) in inner
        return make(inner[0], text, full=full) if full or not may_be_none else None
    if origin is tuple and inner[-1] is Ellipsis:
        return many(inner[0], text, full=full)
    if origin is tuple:
        return tuple(make(one, text, full=full) for one in inner)
    if origin is dict:
        return {}
    if origin is Mapping:
        return {make(inner[0], text, full=full): make(inner[1], text, full=full)} if full else {}
    if annotation is str:
        return text
    if annotation in (datetime, date, time):
        return {datetime: NOW, date: NOW.date(), time: NOW.time()}[annotation]
    if annotation is bool:
        return full
    if annotation in (int, float):
        return 3 if full else 1
    if issubclass(annotation, Enum):
        return Code.VM_UNKNOWN if annotation is Code else next(iter(annotation))
    if issubclass(annotation, Value):
        return fill(annotation, text, full=full)
    raise TypeError(f"no example of {annotation}")


def many(of: Any, text: str, *, full: bool) -> tuple[Any, ...]:
    """None, or two; of findings all that there can be."""
    if of is Finding:
        return findings(text) if full else ()
    if of is Leg:
        return (fill(Leg, text, full=full),)
    if of is Part:
        return parts(text) if full else ()
    return tuple(make(of, text, full=full) for _ in range(2 if full else 0))


def parts(text: str) -> tuple[Part, ...]:
    whole = (
        "services-started",
        "login",
        "process-list",
        "identity",
        "route-api",
        "route-bundle",
        "services-stopped",
    )
    named = [Part(name=name, seconds=3, seen=text) for name in whole]
    return (*named, *(Part(name="vmdumper", seconds=3, level=level, seen=text) for level in Level))


def checks(names: tuple[str, ...], text: str, *, full: bool) -> Iterator[Check]:
    for name, answer in product(names, Answer if full else (Answer.YES,)):
        yield Check(name=name, answer=answer, expected=text, found=text)


def findings(text: str) -> tuple[Finding, ...]:
    """All that the readiness of good and bad machines says."""
    readings = (
        (machine(), host(), surroundings()),
        *((machine(**BAD_MACHINE), host(**BAD_HOST), surroundings(**around)) for around in BAD_SURROUNDINGS),
    )
    every = {}
    clusters = (None, cluster_at_work(), cluster_at_work(editable=False))
    for (vm, on, around), file, cluster, purpose in product(readings, (None, DUMP), clusters, Purpose):
        found = assess(
            vm,
            on,
            cluster,
            (leg(),),
            surroundings=around,
            keys=KEYS,
            purpose=purpose,
            dump_file=file,
            dump_bytes=4 << 30,
            told=False,
            now=NOW,
        )
        every.update({(f.code, f.level): f for f in found})
    every.update({(f.code, f.level): f for f in guest_findings()})
    return tuple(f.model_copy(update={"seen": text}) for f in every.values())


def guest_findings() -> Iterator[Finding]:
    """All that guests say of themselves: well, silent, and in each way unwell."""
    for readings in (windows(), *unwell_windows()):
        for volumes in (ROOMY, FULL, None):
            yield from assess_windows(readings, machine(), volumes, DUMP)
    yield from assess_windows(windows(), machine(memory_mib=512 << 10), ROOMY, "D:\\other.dmp")
    for told in (linux(), *unwell_linux()):
        for volumes in (ROOMY_LINUX, FULL_LINUX, None):
            yield from assess_linux(told, machine(), volumes, CRASH)
