"""A capture while it runs."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


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
    return shown(joined(parts, " "))


@renders(e.NmiSent)
def nmi_sent(event: e.NmiSent, entry: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "nmi-sent",
            vm=event.vm,
            world_id=event.world_id,
            host=event.host,
            at=units.clock(entry.at),
            output=event.output,
        )
    )


@renders(e.NmiNotSent)
def nmi_not_sent(event: e.NmiNotSent, _: Entry, t: Texts) -> Rendered:
    return shown(
        t("nmi-not-sent", vm=event.vm, world_id=event.world_id, host=event.host, output=event.output)
    )


@renders(e.NmiUnknown)
def nmi_unknown(event: e.NmiUnknown, _: Entry, t: Texts) -> Rendered:
    at = units.clock(event.intended_at)
    if event.restarted:
        return shown(t("nmi-unknown.restarted", vm=event.vm, world_id=event.world_id, host=event.host, at=at))
    output = t("output", text=event.output) if event.output else t("nmi-unknown.nothing")
    return shown(
        t(
            "nmi-unknown.answer",
            vm=event.vm,
            world_id=event.world_id,
            host=event.host,
            at=at,
            output=output,
        )
    )


@renders(e.Released)
def released(event: e.Released, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "released",
            labels=_and(event.labels),
            host=event.host,
            open=units.seconds(event.open_seconds),
        )
    )


@renders(e.TakenOver)
def taken_over(event: e.TakenOver, _: Entry, t: Texts) -> Rendered:
    return shown(t("taken-over", label=event.change.label, host=event.change.host_name, seen=event.seen))


@renders(e.RestoreOwed)
def restore_owed(event: e.RestoreOwed, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "restore-owed",
            label=event.change.label,
            host=event.change.host_name,
            attempt=event.attempt,
            error=t.error(event.code, event.params),
            since=units.moment(event.owed_since),
        )
    )


@renders(e.RestoredAfterAll)
def restored_after_all(event: e.RestoredAfterAll, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "restored-after-all",
            label=event.change.label,
            host=event.change.host_name,
            attempts=event.attempts,
        )
    )


@renders(e.CrashSeen)
def crash_seen(event: e.CrashSeen, _: Entry, t: Texts) -> Rendered:
    witnesses = joined([t(f"witness.{name}") for name in event.witnesses])
    text = t("crash-seen", after=units.seconds(event.after_seconds), witnesses=witnesses)
    return shown(text, picture=event.picture)


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
    return shown(
        t(
            "crash-unknown",
            vm=event.vm,
            heartbeat=event.heartbeat,
            watched=units.seconds(event.watched_seconds),
        )
    )


@renders(e.DumpWritten)
def dump_written(event: e.DumpWritten, _: Entry, t: Texts) -> Rendered:
    return shown(t("dump-written", after=units.seconds(event.after_seconds), sign=t(f"sign.{event.sign}")))


@renders(e.Rebooted)
def rebooted(event: e.Rebooted, _: Entry, t: Texts) -> Rendered:
    return shown(t(f"rebooted.{event.family}", after=units.seconds(event.after_seconds)))


@renders(e.NotBack)
def not_back(event: e.NotBack, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "not-back",
            vm=event.vm,
            waited=units.seconds(event.waited_seconds),
            heartbeat=event.heartbeat,
            last=event.last,
        )
    )


def _and(labels: tuple[str, ...]) -> str:
    return " and ".join(labels)
