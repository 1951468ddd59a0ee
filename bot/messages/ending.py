"""How a request ended."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.purpose import Purpose
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


@renders(e.Failed)
def failed(event: e.Failed, _: Entry, t: Texts) -> Rendered:
    error = t.error(event.code, event.params)
    if event.purpose is Purpose.REHEARSAL:
        return shown(t("failed.rehearsal", error=error))
    if event.purpose is Purpose.ARM:
        return shown(t("failed.arming", vm=event.vm, error=error))
    return shown(t("failed", vm=event.vm, error=error))


@renders(e.RestoredFromBackup)
def restored_from_backup(event: e.RestoredFromBackup, _: Entry, t: Texts) -> Rendered:
    text = t("restored-from-backup", at=units.moment(event.backup_of), state=event.state)
    if not event.owed:
        return shown(text)
    things = ", ".join(f"{change.label} of {change.place}" for change in event.owed)
    return shown(joined([text, t("restored-from-backup.owed", things=things)], " "))


def _put_back(event: e.Closed) -> str:
    if event.restored == event.changes:
        return "closed.restored"
    return "closed.owed" if event.restored + event.taken_over < event.changes else "closed.restored-rest"


@renders(e.Closed)
def closed(event: e.Closed, entry: Entry, t: Texts) -> Rendered:
    took = event.durations
    named = [("nmi", took.approval_to_nmi), ("ssh", took.ssh_open), ("down", took.down)]
    parts = [t(f"closed.{name}", seconds=units.seconds(s)) for name, s in named if s is not None]
    if event.changes == 0 and event.restored_from is None:
        parts.append(t("closed.nothing"))
    elif event.kept:
        parts.append(t("closed.kept", kept=event.kept))
    elif event.changes:
        parts.append(t(_put_back(event), restored=event.restored, changes=event.changes))
    if event.taken_over:
        parts.append(t("closed.taken-over", count=event.taken_over))
    if event.befell:
        parts.append(t("closed.befell", what=joined([t(f"befallen.{what}") for what in event.befell])))
    if event.restored_from is not None:
        parts.append(t("closed.forgotten", at=units.moment(event.restored_from)))
    return shown(
        joined(
            [
                t("closed", outcome=event.outcome.value, parts=joined(parts, " · ")),
                t("closed.record", id=entry.journal, head=units.short_hash(entry.hash)),
            ],
            "\n",
        )
    )
