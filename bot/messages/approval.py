"""Votes and what becomes of them: counted, asked for again, looked at again, and break-glass."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.policy.model import Means
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown
from bot.messages.who_is_asked import asked


@renders(e.Voted)
def voted(event: e.Voted, _: Entry, t: Texts) -> Rendered:
    parts = [
        t(
            f"voted.{event.choice.value}",
            person=person(event.person),
            groups=", ".join(event.groups),
            rules=", ".join(event.rules),
            count=event.count,
            quorum=event.quorum,
        )
    ]
    if event.means is not Means.REACTION:
        parts.append(t(f"voted.by-{event.means.name.lower()}"))
    if event.found:
        parts.append(t("voted.found"))
    if event.reason:
        parts.append(t("voted.reason", reason=event.reason))
    if event.missing:
        parts.append(t("voted.missing", groups=", ".join(event.missing)))
    return shown(joined(parts, " "))


@renders(e.VoteRefused)
def vote_refused(event: e.VoteRefused, _: Entry, t: Texts) -> Rendered:
    return shown(t("vote-refused", error=t.error(event.code, event.params)))


@renders(e.VoteWithdrawn)
def vote_withdrawn(event: e.VoteWithdrawn, _: Entry, t: Texts) -> Rendered:
    text_id = "vote-withdrawn.found" if event.found else "vote-withdrawn"
    return shown(t(text_id, person=person(event.person), count=event.count, quorum=event.quorum))


@renders(e.Expired)
def expired(event: e.Expired, _: Entry, t: Texts) -> Rendered:
    return shown(t("expired", count=event.count, quorum=event.quorum))


@renders(e.Reminded)
def reminded(event: e.Reminded, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "reminded.escalated" if event.escalated else "reminded",
            approvers=asked(event.approvers),
            deadline=units.clock(event.deadline),
            count=event.count,
            quorum=event.quorum,
        )
    )


@renders(e.ApprovalLapsed)
def approval_lapsed(event: e.ApprovalLapsed, _: Entry, t: Texts) -> Rendered:
    gone = joined([person(one) for one in event.gone], " ")
    return shown(
        t(
            "approval-lapsed",
            error=t.error(event.code, event.params),
            count=event.count,
            quorum=event.quorum,
        ),
        t("approval-lapsed.gone", people=gone) if gone else "",
    )


@renders(e.BrokeGlass)
def broke_glass(event: e.BrokeGlass, entry: Entry, t: Texts) -> Rendered:
    frozen = event.frozen
    return shown(
        t("broke-glass", person=person(event.person), rules=", ".join(event.rules), reason=event.reason),
        t("broke-glass.frozen", window=frozen.name, until=units.moment(frozen.until)) if frozen else "",
        t("broke-glass.review", approvers=asked(event.approvers), id=entry.journal),
    )


@renders(e.GlassClaimed)
def glass_claimed(event: e.GlassClaimed, _: Entry, t: Texts) -> Rendered:
    return shown(t("glass-claimed", person=person(event.person), id=event.request))


@renders(e.GlassReviewed)
def glass_reviewed(event: e.GlassReviewed, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "glass-reviewed" if event.words else "glass-reviewed.silent",
            person=person(event.person),
            groups=", ".join(event.groups),
            words=event.words,
        )
    )


@renders(e.GlassUnreviewed)
def glass_unreviewed(event: e.GlassUnreviewed, entry: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "glass-unreviewed",
            person=person(event.person),
            days=event.days,
            approvers=asked(event.approvers),
            id=entry.journal,
        )
    )
