"""Arming a guest and putting it back."""

from __future__ import annotations

from bot.core import events as e
from bot.core.change import Change
from bot.core.entry import Entry
from bot.core.plan import Restart
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.changes import former, made
from bot.messages.escaping import Markup, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


def courses(changes: tuple[Change, ...], t: Texts) -> Markup:
    """Each value as it is and as it will be."""
    return joined(
        [t("arming.course", label=c.label, former=former(c, t), made=made(c, t)) for c in changes], " · "
    )


@renders(e.RestartIntended)
def restart_intended(event: e.RestartIntended, _: Entry, t: Texts) -> Rendered:
    return shown(t("restart-intended", vm=event.vm))


@renders(e.RestartUnsure)
def restart_unsure(event: e.RestartUnsure, _: Entry, t: Texts) -> Rendered:
    return shown(t("restart-unsure", vm=event.vm))


@renders(e.RestartRefused)
def restart_refused(event: e.RestartRefused, _: Entry, t: Texts) -> Rendered:
    return shown(t("restart-refused", vm=event.vm, error=t.error(event.code, event.params)))


@renders(e.Armed)
def armed(event: e.Armed, _: Entry, t: Texts) -> Rendered:
    if event.restart is not Restart.DONE:
        restart = t(f"armed.{event.restart.value}")
    elif event.back_seconds is None:
        restart = t("armed.not-back")
    else:
        restart = t("armed.done", back=units.seconds(event.back_seconds))
    text = t("armed", vm=event.vm, changes=courses(event.changes, t), restart=restart)
    return shown(joined([text, t("armed.disarm", vm=event.vm)], " "))


@renders(e.DisarmAsked)
def disarm_asked(event: e.DisarmAsked, _: Entry, t: Texts) -> Rendered:
    labels = ", ".join(event.labels)
    return shown(t("disarm-asked", person=person(event.person), vm=event.vm, labels=labels))


@renders(e.Disarmed)
def disarmed(event: e.Disarmed, _: Entry, t: Texts) -> Rendered:
    if not event.changes:
        return shown(t("disarmed.nothing", vm=event.vm))
    states = [t("disarmed.change", label=c.label, state=former(c, t)) for c in event.changes]
    parts = [t("disarmed", vm=event.vm, changes=joined(states, " · "))]
    if any(change.kind == "registry" for change in event.changes):
        parts.append(t("disarmed.restart"))
    return shown(joined(parts, " "))
