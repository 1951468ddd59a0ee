"""A capture while it runs."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.route import Route
from bot.core.win_bsod import NMI_HARDWARE_FAILURE
from bot.core.witness import WRITES
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.changes import by_hand, former, made
from bot.messages.escaping import Markup, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown
from bot.messages.signs import signs_in_words


@renders(e.Resumed)
def resumed(event: e.Resumed, _: Entry, t: Texts) -> Rendered:
    return shown(t("resumed", silent=units.seconds(event.silent_seconds), state=event.state))


@renders(e.WaitingForHost)
def waiting_for_host(event: e.WaitingForHost, _: Entry, t: Texts) -> Rendered:
    return shown(t("waiting-for-host", label=event.label, host=event.host, holder=event.holder))


@renders(e.Prepared)
def prepared(event: e.Prepared, _: Entry, t: Texts) -> Rendered:
    parts: list[Markup] = []
    if event.labels:
        parts.append(t("prepared.started", labels=_and(event.labels), host=event.host))
    if event.already_on:
        parts.append(t("prepared.already-on", labels=_and(event.already_on), host=event.host))
    if event.besides:
        parts.append(t("prepared.besides", labels=_and(event.besides), host=event.host))
    if event.guards:
        parts.append(t("prepared.guards", labels=_and(event.guards)))
    return shown(joined(parts, " ") if parts else t("prepared.nothing", route=event.route.value))


@renders(e.NmiSent)
def nmi_sent(event: e.NmiSent, entry: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "nmi-sent" if event.route is Route.SSH else f"nmi-sent.{event.route.value}",
            vm=event.vm,
            world_id=event.world_id,
            host=event.host,
            at=units.clock(entry.at),
            output=event.output,
        )
    )


@renders(e.NmiNotSent)
def nmi_not_sent(event: e.NmiNotSent, _: Entry, t: Texts) -> Rendered:
    text_id = "nmi-not-sent" if event.route is Route.SSH else f"nmi-not-sent.{event.route.value}"
    return shown(t(text_id, vm=event.vm, world_id=event.world_id, host=event.host, output=event.output))


@renders(e.HandedOver)
def handed_over(event: e.HandedOver, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "handed-over",
            vm=event.vm,
            route=event.route.value,
            next=event.next.value,
            output=event.output,
        )
    )


@renders(e.NmiUnknown)
def nmi_unknown(event: e.NmiUnknown, _: Entry, t: Texts) -> Rendered:
    at = units.clock(event.intended_at)
    to = t("nmi-unknown.world", world_id=event.world_id, host=event.host) if event.world_id else event.vm
    if event.restarted:
        return shown(t("nmi-unknown.restarted", vm=event.vm, to=to, at=at))
    if event.route is Route.BUNDLE and event.output.startswith("HTTP "):
        return shown(t("nmi-unknown.bundle", vm=event.vm, host=event.host, at=at, output=event.output))
    output = t("output", text=event.output) if event.output else t("nmi-unknown.nothing")
    return shown(t("nmi-unknown.answer", vm=event.vm, to=to, at=at, output=output))


@renders(e.WaitingForMigration)
def waiting_for_migration(event: e.WaitingForMigration, _: Entry, t: Texts) -> Rendered:
    return shown(t("waiting-for-migration", vm=event.vm, host=event.host))


@renders(e.GuardsReleased)
def guards_released(event: e.GuardsReleased, _: Entry, t: Texts) -> Rendered:
    return shown(t("guards-released", labels=_and(event.labels)))


@renders(e.GuardsHeld)
def guards_held(event: e.GuardsHeld, entry: Entry, t: Texts) -> Rendered:
    return shown(t("guards-held", labels=_and(event.labels), vm=event.vm, id=entry.journal))


@renders(e.GuardsLetGo)
def guards_let_go(event: e.GuardsLetGo, _: Entry, t: Texts) -> Rendered:
    return shown(t("guards-let-go", person=person(event.person)))


@renders(e.Released)
def released(event: e.Released, _: Entry, t: Texts) -> Rendered:
    parts: list[Markup] = []
    if event.labels:
        took = units.seconds(event.open_seconds)
        parts.append(t("released", labels=_and(event.labels), host=event.host, open=took))
    if event.besides:
        parts.append(t("released.besides", labels=_and(event.besides), host=event.host))
    return shown(joined(parts, " "))


@renders(e.TakenOver)
def taken_over(event: e.TakenOver, _: Entry, t: Texts) -> Rendered:
    return shown(t("taken-over", label=event.change.label, host=event.change.place, seen=event.seen))


@renders(e.RestoreOwed)
def restore_owed(event: e.RestoreOwed, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "restore-owed",
            label=event.change.label,
            host=event.change.place,
            state=made(event.change, t),
            attempt=event.attempt,
            error=t.error(event.code, event.params),
            by_hand=by_hand(event.change, t),
            since=units.moment(event.owed_since),
        )
    )


@renders(e.RestoredAfterAll)
def restored_after_all(event: e.RestoredAfterAll, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "restored-after-all",
            label=event.change.label,
            host=event.change.place,
            state=former(event.change, t),
            attempts=event.attempts,
        )
    )


@renders(e.CrashSeen)
def crash_seen(event: e.CrashSeen, _: Entry, t: Texts) -> Rendered:
    witnesses = joined([t(f"witness.{name}") for name in event.witnesses])
    parts = [t("crash-seen", after=units.seconds(event.after_seconds), witnesses=witnesses)]
    if event.bug_check is not None:
        code = f"0x{event.bug_check.code:x}"
        expected = event.bug_check.code == NMI_HARDWARE_FAILURE
        parts.append(t("crash-seen.bug-check" if expected else "crash-seen.other-check", code=code))
    return shown(joined(parts, " "), picture=event.picture)


@renders(e.NoCrash)
def no_crash(event: e.NoCrash, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "no-crash",
            vm=event.vm,
            heartbeat=event.heartbeat,
            watched=units.seconds(event.watched_seconds),
            why=t(f"no-crash.{event.family}"),
        )
    )


@renders(e.CrashUnknown)
def crash_unknown(event: e.CrashUnknown, _: Entry, t: Texts) -> Rendered:
    watched = units.seconds(event.watched_seconds)
    parts = [t("crash-unknown", vm=event.vm, heartbeat=event.heartbeat, watched=watched)]
    if _writes(event.rate):
        parts.append(t("crash-unknown.writes", rate=units.rate(event.rate or 0)))
    return shown(joined(parts, " "))


@renders(e.DumpProgress)
def dump_progress(event: e.DumpProgress, _: Entry, t: Texts) -> Rendered:
    least, most = map(units.seconds, event.expected_seconds)
    late = event.after_seconds > event.expected_seconds[1]
    text_id = "dump-progress.late" if late else "dump-progress"
    parts = [t(text_id, after=units.seconds(event.after_seconds), least=least, most=most)]
    if event.rate is not None:
        speed = "dump-progress.rate" if _writes(event.rate) else "dump-progress.quiet"
        parts.append(t(speed, rate=units.rate(event.rate)))
    if event.written is not None and _writes(event.rate):
        parts.append(t("dump-progress.written", written=units.size(event.written)))
    return shown(joined(parts, " "), picture=event.picture)


@renders(e.DumpWritten)
def dump_written(event: e.DumpWritten, _: Entry, t: Texts) -> Rendered:
    return shown(t("dump-written", after=units.seconds(event.after_seconds), sign=t(f"sign.{event.sign}")))


@renders(e.DumpCut)
def dump_cut(event: e.DumpCut, _: Entry, t: Texts) -> Rendered:
    parts = [t("dump-cut", after=units.seconds(event.after_seconds), by=t(f"befallen.{event.by}"))]
    if event.rate is not None and not _writes(event.rate):
        parts.append(t("dump-cut.quiet", rate=units.rate(event.rate)))
    elif event.rate is not None:
        parts.append(t("dump-cut.rate", rate=units.rate(event.rate)))
    return shown(joined(parts, " "))


@renders(e.Befell)
def befell(event: e.Befell, _: Entry, t: Texts) -> Rendered:
    what = t(f"befallen.{event.what}")
    parts = [t("befell", vm=event.vm, what=what, at=units.clock(event.happened_at))]
    if event.user:
        parts.append(t("befell.user", user=event.user))
    if event.text:
        parts.append(t("befell.text", text=event.text))
    if event.screenshot is not None:
        parts.append(t("befell.screenshot", path=event.screenshot))
    return shown(joined(parts, " "))


@renders(e.Rebooted)
def rebooted(event: e.Rebooted, _: Entry, t: Texts) -> Rendered:
    return shown(t(f"rebooted.{event.family}", after=units.seconds(event.after_seconds)))


@renders(e.NotBack)
def not_back(event: e.NotBack, _: Entry, t: Texts) -> Rendered:
    waited = units.seconds(event.waited_seconds)
    text_id = f"not-back.{event.power}"
    parts = [t(text_id, vm=event.vm, waited=waited, heartbeat=event.heartbeat, last=event.last)]
    if event.signs is not None:
        at = units.clock(event.signs.read_at)
        parts.append(t("not-back.signs", at=at, signs=signs_in_words(event.signs, t)))
    if event.rate is not None:
        parts.append(t("not-back.rate", rate=units.rate(event.rate)))
    writes = _writes(event.rate) and event.power == "poweredOn"
    parts.append(t("not-back.do.writes" if writes else f"not-back.do.{event.power}"))
    return shown(joined(parts, " "), picture=event.picture)


def _writes(rate: int | None) -> bool:
    """Whether the disks are written to as a guest does that writes its dump."""
    return rate is not None and rate >= WRITES


def _and(labels: tuple[str, ...]) -> str:
    return " and ".join(labels)
