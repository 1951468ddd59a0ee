"""What people did, and what one of them is told."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.messages.catalogue import Texts, lines
from bot.messages.escaping import escape, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


@renders(e.Voted)
def voted(event: e.Voted, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            f"voted.{event.choice.value}",
            person=person(event.person),
            groups=", ".join(event.groups),
            rules=", ".join(event.rules),
            count=event.count,
            quorum=event.quorum,
        )
    )


@renders(e.VoteRefused)
def vote_refused(event: e.VoteRefused, _: Entry, t: Texts) -> Rendered:
    return shown(t("vote-refused", error=t.error(event.code, event.params)))


@renders(e.VoteWithdrawn)
def vote_withdrawn(event: e.VoteWithdrawn, _: Entry, t: Texts) -> Rendered:
    return shown(t("vote-withdrawn", person=person(event.person), count=event.count, quorum=event.quorum))


@renders(e.Cancelled)
def cancelled(event: e.Cancelled, _: Entry, t: Texts) -> Rendered:
    return shown(t("cancelled", person=person(event.person)))


@renders(e.Expired)
def expired(event: e.Expired, _: Entry, t: Texts) -> Rendered:
    return shown(t("expired", count=event.count, quorum=event.quorum))


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
    return shown(joined([escape(line) for line in event.lines], by="\n"))
