"""Reading rbac.yaml into the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bot.core.policy.model import Policy, is_user_id
from bot.settings.loading import Loaded, validated
from bot.settings.place import ConfigFaults, Fault, in_order
from bot.settings.rbac_model import Rbac
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
    wrong = [*_unknown_groups(loaded), *_repeated_rules(loaded)]
    if wrong:
        raise ConfigFaults(in_order(wrong, [path]))
    return loaded, hashlib.sha256(data).hexdigest()


def named_people(rbac: Rbac) -> Iterator[tuple[Loc, str]]:
    """Every group or user id that is given a right, with the way to it."""
    for n, rule in enumerate(rbac.rules):
        lists: tuple[tuple[Loc, tuple[str, ...]], ...] = (
            (("request",), rule.request),
            (("approve", "from"), rule.approve.people),
            (("cancel",), rule.cancel),
            (("rehearse", "request"), rule.rehearse.request if rule.rehearse else ()),
            (("rehearse", "approve", "from"), rule.rehearse.approve.people if rule.rehearse else ()),
        )
        for way, people in lists:
            for i, name in enumerate(people):
                yield ("rules", n, *way, i), name
    for i, name in enumerate(rbac.admins):
        yield ("admins", i), name


def _unknown_groups(loaded: Loaded[Rbac]) -> Iterator[Fault]:
    groups = loaded.section.groups
    for loc, name in named_people(loaded.section):
        if not is_user_id(name) and name not in groups:
            known = ", ".join(groups) or "none is defined"
            text = f"{dotted(loc)}: no group {name!r}; expected a user id or one of the groups: {known}"
            yield Fault(place_of(loaded.tree, loc), text)


def _repeated_rules(loaded: Loaded[Rbac]) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, rule in enumerate(loaded.section.rules):
        if rule.name in seen:
            loc: Loc = ("rules", n, "name")
            yield Fault(place_of(loaded.tree, loc), f"{dotted(loc)} is taken; expected each rule's name once")
        seen.add(rule.name)
