"""What people did, and what one of them is told."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.messages.catalogue import Texts, lines
from bot.messages.escaping import escape, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


@renders(e.Cancelled)
def cancelled(event: e.Cancelled, _: Entry, t: Texts) -> Rendered:
    return shown(t("cancelled", person=person(event.person)))


@renders(e.AskRefused)
def ask_refused(event: e.AskRefused, _: Entry, t: Texts) -> Rendered:
    near, guests = event.params.get("near"), event.params.get("guests")
    return shown(
        t("refused", text=event.text, error=t.error(event.code, event.params)),
        t("refused.guests", guests=lines(guests)) if guests else "",
        t("refused.near", near=near) if near else "",
    )


@renders(e.Answered)
def answered(event: e.Answered, _: Entry, t: Texts) -> Rendered:
    if event.topic == "help":
        return shown(t("help"))
    if not event.lines:
        return shown(t("status.none"))
    if event.topic == "disarm":
        vm, *requests = event.lines
        return shown(t("disarm-begun", vm=vm, requests=", ".join(requests)))
    return shown(joined([escape(line) for line in event.lines], by="\n"))
