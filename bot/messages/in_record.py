"""The entries that are in the record only, each as one sentence for the auditor."""

from __future__ import annotations

from bot.core import events as e
from bot.core.change import Change
from bot.core.entry import Entry
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.changes import course, former, made
from bot.messages.escaping import Markup, escape, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown
from bot.messages.signs import signs_in_words

ASKED = {Purpose.CAPTURE: "asked", Purpose.REHEARSAL: "asked.rehearsal", Purpose.ARM: "asked.arming"}


@renders(e.Asked)
def asked(event: e.Asked, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            ASKED[event.purpose],
            requester=person(event.requester),
            query=event.query,
            vm=event.vm,
            rules=", ".join(event.rules),
            policy=units.short_hash(event.policy_sha256),
        )
    )


@renders(e.PlanRefused)
def plan_refused(event: e.PlanRefused, _: Entry, t: Texts) -> Rendered:
    blocked = joined([Markup(f"{escape(f.code)}: {escape(f.seen)}") for f in event.plan.blocked])
    return shown(t("plan-refused", vm=event.plan.machine.target.name, blocked=blocked))


@renders(e.Announced)
def announced(event: e.Announced, _: Entry, t: Texts) -> Rendered:
    return shown(t("announced", round=event.round, message=event.message))


@renders(e.RunStarted)
def run_started(event: e.RunStarted, _: Entry, t: Texts) -> Rendered:
    return shown(t("run-started", run=event.run))


@renders(e.PlanConfirmed)
def plan_confirmed(event: e.PlanConfirmed, _: Entry, t: Texts) -> Rendered:
    before = event.dump_before
    seen = (
        t("plan-confirmed.none")
        if before is None
        else t(
            "plan-confirmed.before", modified=units.moment(before.modified_at), size=units.size(before.size)
        )
    )
    digest = units.short_hash(event.digest)
    text_id = "plan-confirmed" if event.approved is None else "plan-confirmed.less"
    parts = [t(text_id, digest=digest, before=seen, looks=event.looks or t("not-seen"))]
    if event.picture is not None:
        parts.append(t("plan-confirmed.picture", sha256=event.picture))
    if event.log_size is not None:
        parts.append(t("plan-confirmed.log", size=event.log_size))
    return shown(joined(parts, " "))


@renders(e.VcenterTold)
def vcenter_told(event: e.VcenterTold, _: Entry, t: Texts) -> Rendered:
    return shown(t(f"vcenter-told.{event.subject}", text=event.text))


@renders(e.VcenterTellFailed)
def vcenter_tell_failed(event: e.VcenterTellFailed, _: Entry, t: Texts) -> Rendered:
    return shown(t("vcenter-tell-failed", error=t.error(event.code, event.params)))


@renders(e.ChangeIntended)
def change_intended(event: e.ChangeIntended, _: Entry, t: Texts) -> Rendered:
    return shown(
        t("change-intended", course=course(event.change, t), place=event.change.place, change=event.change_id)
    )


@renders(e.ChangeMade)
def change_made(event: e.ChangeMade, _: Entry, t: Texts) -> Rendered:
    return shown(t("change-made", **_thing(event.change), state=made(event.change, t)))


@renders(e.ChangeNeverMade)
def change_never_made(event: e.ChangeNeverMade, _: Entry, t: Texts) -> Rendered:
    return shown(t("change-never-made", **_thing(event.change)))


@renders(e.RestoreIntended)
def restore_intended(event: e.RestoreIntended, _: Entry, t: Texts) -> Rendered:
    return shown(t("restore-intended", **_thing(event.change), attempt=event.attempt))


@renders(e.RestoreFailed)
def restore_failed(event: e.RestoreFailed, _: Entry, t: Texts) -> Rendered:
    error = t.error(event.code, event.params)
    return shown(t("restore-failed", **_thing(event.change), attempt=event.attempt, error=error))


@renders(e.ChangeRestored)
def change_restored(event: e.ChangeRestored, _: Entry, t: Texts) -> Rendered:
    return shown(t("change-restored", **_thing(event.change), state=former(event.change, t)))


@renders(e.ChangeSettled)
def change_settled(event: e.ChangeSettled, _: Entry, t: Texts) -> Rendered:
    return shown(t("change-settled", **_thing(event.change), state=former(event.change, t)))


@renders(e.WorldCrossChecked)
def world_cross_checked(event: e.WorldCrossChecked, _: Entry, t: Texts) -> Rendered:
    if event.world_id is None:
        return shown(t("world-cross-checked.not", cause=event.cause))
    return shown(t("world-cross-checked", world_id=event.world_id))


@renders(e.WorldFound)
def world_found(event: e.WorldFound, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "world-found",
            host=event.host,
            rows=event.rows,
            world_id=event.world_id,
            uuid=event.uuid,
            vmx=event.config_file,
        )
    )


@renders(e.NmiIntended)
def nmi_intended(event: e.NmiIntended, _: Entry, t: Texts) -> Rendered:
    signs = signs_in_words(event.signs, t)
    text_id = "nmi-intended" if event.route is Route.SSH else f"nmi-intended.{event.route.value}"
    return shown(t(text_id, host=event.host, world_id=event.world_id, signs=signs))


@renders(e.PictureTaken)
def picture_taken(event: e.PictureTaken, _: Entry, t: Texts) -> Rendered:
    return shown(t("picture-taken", looks=event.looks, size=event.size, sha256=event.sha256))


@renders(e.LogRead)
def log_read(event: e.LogRead, _: Entry, t: Texts) -> Rendered:
    lines = joined([t("output", text=line) for line in event.lines], " ")
    return shown(t("log-read", after=event.after, size=event.size, lines=lines))


@renders(e.LogUnread)
def log_unread(event: e.LogUnread, _: Entry, t: Texts) -> Rendered:
    return shown(t("log-unread", error=t.error(event.code, event.params)))


@renders(e.SignsRead)
def signs_read(event: e.SignsRead, _: Entry, t: Texts) -> Rendered:
    return shown(t("signs-read", signs=signs_in_words(event.signs, t)))


@renders(e.DumpFound)
def dump_found(event: e.DumpFound, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "dump-found",
            path=event.file.path,
            size=f"{event.file.size:,}",
            modified=units.moment(event.file.modified_at),
            format=event.facts.kind,
            release=event.facts.os_release or t("not-seen"),
        )
    )


@renders(e.HeadClosed)
def head_closed(event: e.HeadClosed, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "head-closed",
            request=event.request,
            outcome=event.outcome.value,
            seq=event.seq,
            head=event.head,
        )
    )


@renders(e.Swept)
def swept(event: e.Swept, _: Entry, t: Texts) -> Rendered:
    codes = ", ".join(f"{code} {count}" for code, count in event.failed.items())
    failed = t("swept.failed", codes=codes) if codes else ""
    took = units.seconds(event.seconds)
    return shown(t("swept", vcenter=event.vcenter, told=event.told, took=took, failed=failed))


@renders(e.DatabaseRestored)
def database_restored(event: e.DatabaseRestored, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "database-restored",
            at=units.moment(event.backup_of),
            ended=", ".join(event.ended) or t("database-restored.none"),
            posts=event.posts,
            deliveries=event.deliveries,
        )
    )


def _thing(change: Change) -> dict[str, str]:
    return {"label": change.label, "place": change.place}


@renders(e.RecordRead)
def record_read(event: e.RecordRead, _: Entry, t: Texts) -> Rendered:
    if not event.rules:
        return shown(t("record-read.directly", reader=event.person, id=event.request))
    rules = ", ".join(event.rules)
    return shown(t("record-read", reader=person(event.person), id=event.request, rules=rules))


@renders(e.PolicyLoaded)
def policy_loaded(event: e.PolicyLoaded, _: Entry, t: Texts) -> Rendered:
    policy = units.short_hash(event.policy_sha256)
    if not event.before:
        return shown(t("policy-loaded.first", policy=policy))
    return shown(t("policy-loaded", policy=policy, before=units.short_hash(event.before)))


@renders(e.PolicyRefused)
def policy_refused(event: e.PolicyRefused, _: Entry, t: Texts) -> Rendered:
    policy = units.short_hash(event.policy_sha256)
    return shown(t("policy-refused", policy=policy, faults="; ".join(event.faults)))


@renders(e.ClockWrong)
def clock_wrong(event: e.ClockWrong, _: Entry, t: Texts) -> Rendered:
    return shown(t("clock-wrong", offset=round(event.offset, 1)))


@renders(e.VoteLate)
def vote_late(event: e.VoteLate, _: Entry, t: Texts) -> Rendered:
    text_id = f"vote-late.{event.choice.value}" if event.added else "vote-late.taken-back"
    return shown(t(text_id, person=person(event.person)))
