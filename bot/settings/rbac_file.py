"""Reading rbac.yaml into the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bot.core.policy.model import EVERYBODY, Policy, is_user_id
from bot.core.policy.right import Right
from bot.settings.loading import Loaded, validated
from bot.settings.place import ConfigFaults, Fault, in_order
from bot.settings.rbac_model import ApproveEntry, ArmEntry, Rbac, RehearseEntry, RuleEntry
from bot.settings.tree import Loc, dotted, place_of
from bot.settings.yaml_file import read_yaml


def load_policy(path: Path) -> Policy:
    """The policy, with the SHA-256 of the very bytes it was read from. Raises ``ConfigFaults``."""
    loaded, sha256 = load_rbac(path)
    return loaded.section.policy(sha256)


def load_rbac(path: Path) -> tuple[Loaded[Rbac], str]:
    """The file with its places, and the SHA-256 of its bytes. Raises ``ConfigFaults``."""
    tree, faults, data = read_yaml(path)
    if tree is None:
        raise ConfigFaults(faults)
    loaded = validated(Rbac, tree, faults, [path])
    wrong = [
        Fault(place_of(loaded.tree, loc), f"{dotted(loc)}{'' if text.startswith('is ') else ':'} {text}")
        for loc, text in _wrong(loaded.section)
    ]
    if wrong:
        raise ConfigFaults(in_order(wrong, [path]))
    return loaded, hashlib.sha256(data).hexdigest()


def named_people(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    """Every group or user id that is named, with the way to it."""
    for n, rule in enumerate(rbac.rules):
        lists: list[tuple[Loc, tuple[str, ...]]] = [(("request",), rule.request)]
        lists += _of_approval(("approve",), rule.approve)
        for name, section in _sections(rule):
            lists.append(((name, "request"), section.request))
            lists += _of_approval((name, "approve"), section.approve)
        lists += [(("grant", name), people) for name, people in rule.grant.items()]
        lists += [(("deny", name), people) for name, people in rule.deny.items()]
        for way, people in lists:
            for i, name in enumerate(people):
                yield ("rules", n, *way, i), name
    for i, name in enumerate(rbac.admins):
        yield ("admins", i), name


def _of_approval(way: Loc, approve: ApproveEntry | None) -> list[tuple[Loc, tuple[str, ...]]]:
    if approve is None:
        return []
    escalated = approve.escalate.to if approve.escalate else ()
    return [
        ((*way, "from"), approve.people),
        ((*way, "all_of"), approve.all_of),
        ((*way, "escalate", "to"), escalated),
    ]


def _wrong(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    yield from _unknown_groups(rbac)
    yield from _unknown_names(rbac)
    yield from _repeated_rules(rbac)
    yield from _misleading(rbac)
    for n, rule in enumerate(rbac.rules):
        yield from _without_approval(rbac, n, rule)


def _misleading(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    """Roles that would stand for a right of another name, and windows that never come."""
    for name in rbac.roles:
        if name in set(Right):
            yield ("roles", name), "is the name of a right; expected a name of its own"
    for name, freeze in rbac.freezes.items():
        if freeze.first and freeze.last and freeze.last < freeze.first:
            yield ("freezes", name, "last"), "is before first; expected the same day or a later one"


def _unknown_groups(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    known = ", ".join(rbac.groups) or "none is defined"
    for loc, name in named_people(rbac):
        if not is_user_id(name) and name not in rbac.groups and name != EVERYBODY:
            yield loc, f"no group {name!r}; expected a user id or one of the groups: {known}"


def _unknown_names(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    """Rights, roles and freeze windows."""
    rights = ", ".join((*Right, *rbac.roles))
    for n, rule in enumerate(rbac.rules):
        for key, named in (("grant", rule.grant), ("deny", rule.deny)):
            for name in named:
                if name not in rbac.roles and name not in set(Right):
                    yield ("rules", n, key, name), f"no right or role {name!r}; expected one of {rights}"
        for loc, approve in approvals(n, rule):
            for i, name in enumerate(approve.freeze):
                if name not in rbac.freezes:
                    known = ", ".join(rbac.freezes) or "none is defined"
                    yield (*loc, "freeze", i), f"no window {name!r}; expected one of {known}"


def approvals(n: int, rule: RuleEntry) -> Iterator[tuple[Loc, ApproveEntry]]:
    """Each approval of the rule of that number, with the way to it."""
    if rule.approve is not None:
        yield ("rules", n, "approve"), rule.approve
    for name, section in _sections(rule):
        yield ("rules", n, name, "approve"), section.approve


def _sections(rule: RuleEntry) -> Iterator[tuple[str, RehearseEntry | ArmEntry]]:
    """What the rule lets people ask for besides captures, with an approval of its own."""
    if rule.rehearse is not None:
        yield Right.REHEARSE.value, rule.rehearse
    if rule.arm is not None:
        yield Right.ARM.value, rule.arm


def _repeated_rules(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for n, rule in enumerate(rbac.rules):
        if rule.name in seen:
            yield ("rules", n, "name"), "is taken; expected each rule's name once"
        seen.add(rule.name)


def _without_approval(rbac: Rbac, n: int, rule: RuleEntry) -> Iterator[tuple[Loc, str]]:
    """Rights to request for which nobody could be asked."""
    way: Loc = ("rules", n)
    if set(rule.grant) - set(Right) - set(rbac.roles):
        return
    granted = rbac.rights(rule.grant)
    may = bool(rule.request) or Right.REQUEST in granted
    if may and rule.approve is None:
        yield way, "lets people request, and has no approve; expected approve, which says what that needs"
    if rule.approve is not None and not may:
        yield (*way, "approve"), "nobody may request by this rule; expected request"
    if Right.APPROVE in granted and not list(approvals(n, rule)):
        yield (
            (*way, "grant"),
            "grants approve, and the rule has no approve; expected approve, rehearse or arm",
        )
    sections = dict(_sections(rule))
    for right in (Right.REHEARSE.value, Right.ARM.value):
        section = sections.get(right)
        if right in granted and section is None:
            yield (
                way,
                f"grants {right}, and has no {right}; expected {right}, which says what approval it needs",
            )
        if section is not None and not (right in granted or section.request):
            yield (*way, right, "request"), "is missing; expected a list of groups and user ids"
    for loc, approve in approvals(n, rule):
        if not approve.people and Right.APPROVE not in granted:
            yield (*loc, "from"), "is missing; expected a list of groups and user ids"
        yield from _too_late(loc, approve)


def _too_late(way: Loc, approve: ApproveEntry) -> Iterator[tuple[Loc, str]]:
    escalated = None if approve.escalate is None else approve.escalate.after
    times = {("review",): approve.review, ("remind",): approve.remind, ("escalate", "after"): escalated}
    for key, seconds in times.items():
        if seconds is not None and seconds >= approve.expires:
            yield (*way, *key), "is not before the expiry; expected less than expires"
