"""What a plan needs to be carried out, as the approval message says it."""

from __future__ import annotations

from bot.core import events as e
from bot.core.policy.model import Means
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup
from bot.messages.renderers import joined
from bot.messages.who_is_asked import asked


def terms(event: e.Planned, t: Texts) -> Markup:
    """How to vote, until when, and who has to."""
    needed = event.requirement
    means = joined([t(f"means.{means.name.lower()}") for means in needed.by], " or ")
    parts = [
        t(
            "planned.vote",
            means=means or t("means.none"),
            deadline=units.clock(event.deadline),
            quorum=needed.quorum,
            approvers=asked(event.approvers),
            digest=units.short_hash(event.digest),
        )
    ]
    if needed.all_of:
        parts.append(t("planned.all-of", groups=", ".join(needed.all_of)))
    if needed.review_seconds:
        parts.append(t("planned.review", review=units.seconds(needed.review_seconds)))
    if Means.COMMAND_LINE in needed.by:
        parts.append(t("planned.command-line"))
    if event.frozen is not None:
        parts.append(t("planned.frozen", window=event.frozen.name, until=units.moment(event.frozen.until)))
    return joined(parts, " ")
