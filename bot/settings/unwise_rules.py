"""What a rule of rbac.yaml allows or forbids that its author may not have meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.policy.channel import is_channel_id
from bot.core.policy.glob import glob_match
from bot.core.policy.model import EVERYBODY
from bot.core.policy.right import Right
from bot.settings.rbac_file import approvals
from bot.settings.rbac_model import ApproveEntry, Rbac, RuleEntry
from bot.settings.tree import Loc


def unwise_rule(rbac: Rbac, n: int, vcenters: Sequence[str]) -> Iterator[tuple[Loc, str]]:
    """Each doubt about the rule of that number, with the way to what it is about."""
    rule = rbac.rules[n]
    yield from _never_matches(rule, n, vcenters)
    for i, pattern in enumerate(rule.match.channel or ()):
        if not is_channel_id(pattern):
            where: Loc = ("rules", n, "match", "channel", i)
            yield where, "a pattern of names; whoever creates a channel chooses its name, an id is safe"
    approve = rule.approve
    alone = approve is not None and approve.quorum == 1 and len(set(approve.all_of)) < 2
    if approve is not None and alone and "reaction" in approve.by:
        way: Loc = ("rules", n, "approve", "quorum")
        yield way, "one reaction, which a slip can set, crashes the machine; 2 is safer"
    for loc, entry in approvals(n, rule):
        yield from _approval(rbac, rule, loc, entry)


def _never_matches(rule: RuleEntry, n: int, vcenters: Sequence[str]) -> Iterator[tuple[Loc, str]]:
    match: Loc = ("rules", n, "match")
    patterns = rule.match.vcenter
    if patterns and vcenters and not any(glob_match(p, name) for p in patterns for name in vcenters):
        yield (
            (*match, "vcenter"),
            f"fits none of the vCenters ({', '.join(vcenters)}): the rule never applies",
        )
    for kind, sign, spelled in (
        ("folder", "/", "/DC1/vm/prod"),
        ("tag", ":", "category:name"),
        ("attribute", "=", "name=value"),
    ):
        for i, pattern in enumerate(getattr(rule.match, kind) or ()):
            if sign not in pattern and "*" not in pattern:
                yield (*match, kind, i), f"fits nothing: one looks like {spelled}"


def _approval(rbac: Rbac, rule: RuleEntry, way: Loc, approve: ApproveEntry) -> Iterator[tuple[Loc, str]]:
    if approve.self_approval:
        yield (*way, "self_approval"), "requesters may approve themselves: nobody else need look"
    if "command line" in approve.by:
        yield (*way, "by"), "whoever becomes an account of this machine can approve as its person"
    could = _people(rbac, (*approve.people, *rbac.rights(rule.grant).get(Right.APPROVE, ())))
    if could is None:
        return
    left = could - _barred(rbac, rule, could)
    if len(left) < approve.quorum:
        yield (*way, "from"), f"{len(left)} people for a quorum of {approve.quorum}: nothing is ever approved"
    for i, group in enumerate(approve.all_of):
        members = _people(rbac, (group,))
        if members is not None and not members & left:
            yield (*way, "all_of", i), f"nobody of {group} may approve: nothing is ever approved"
    called = None if approve.escalate is None else _people(rbac, approve.escalate.to)
    if called is not None and not called & left:
        yield (*way, "escalate", "to"), "nobody who is called may approve"


def _barred(rbac: Rbac, rule: RuleEntry, could: set[str]) -> set[str]:
    """Those to whom the rule itself denies approving for certain."""
    named = rbac.rights(rule.deny).get(Right.APPROVE, ())
    if EVERYBODY in named:
        return could
    found: set[str] = set()
    return found.union(*(_people(rbac, (name,)) or set() for name in named))


def _people(rbac: Rbac, names: Sequence[str]) -> set[str] | None:
    """Whom the lists name; None where a user group may add some."""
    people: set[str] = set()
    for name in names:
        group = rbac.groups.get(name)
        if group is None:
            people.add(name)
        elif group.usergroup is not None:
            return None
        else:
            people.update(group.users)
    return people
