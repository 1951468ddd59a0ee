"""Why somebody may or may not have a VM captured."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.policy.explaining import Explanation, RuleSeen
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown
from bot.messages.who_is_asked import named


@renders(e.Explained)
def explained(event: e.Explained, _: Entry, t: Texts) -> Rendered:
    found = event.explanation
    return shown(
        _decision(event, t),
        joined([_rule(rule, found, t) for rule in found.rules], "\n"),
        joined(_needs(found, t), "\n"),
    )


def _decision(event: e.Explained, t: Texts) -> Markup:
    decision = event.explanation.decision
    who = {"person": person(event.person), "vm": event.vm, "right": event.explanation.right.value}
    policy = units.short_hash(event.policy_sha256)
    if decision.allowed:
        return t(
            "explained.yes",
            **who,
            rules=", ".join(decision.rules),
            groups=", ".join(decision.groups),
            policy=policy,
        )
    params = {
        "rules": ", ".join(decision.rules),
        "groups": ", ".join(decision.groups),
        "vm": event.vm,
    }
    error = "" if decision.code is None else t.error(decision.code, params)
    return t("explained.no", **who, error=error, policy=policy)


def _rule(rule: RuleSeen, found: Explanation, t: Texts) -> Markup:
    if rule.misfits:
        return t("explained.rule.misfits", rule=rule.name, kinds=", ".join(rule.misfits))
    if rule.unread:
        return t("explained.rule.unread", rule=rule.name, kinds=", ".join(rule.unread))
    if rule.denies:
        return t("explained.rule.denies", rule=rule.name, right=found.right.value)
    if rule.grants:
        return t("explained.rule.grants", rule=rule.name, right=found.right.value)
    if rule.unsure:
        return t("explained.rule.unsure", rule=rule.name, groups=", ".join(rule.unsure))
    return t("explained.rule.silent", rule=rule.name, right=found.right.value)


def _needs(found: Explanation, t: Texts) -> list[Markup]:
    needed = found.decision.requirement
    if needed is None:
        return []
    could = joined([person(one) for one in found.could_approve], " ") or t("explained.nobody")
    lines = [
        t("explained.needs", quorum=needed.quorum, approvers=named(found.approvers), could=could),
    ]
    if needed.all_of:
        lines.append(t("planned.all-of", groups=", ".join(needed.all_of)))
    if found.missing:
        lines.append(t("explained.missing", groups=", ".join(found.missing)))
    if found.unreadable:
        lines.append(t("explained.unreadable", groups=", ".join(found.unreadable)))
    if found.frozen is not None:
        lines.append(t("planned.frozen", window=found.frozen.name, until=units.moment(found.frozen.until)))
    if found.break_glass:
        lines.append(t("explained.break-glass"))
    return lines
