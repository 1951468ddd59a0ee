"""What ``vmdump config check`` looks at: the files, what they refer to, and what is allowed but unwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.settings.credentials import Credential
from bot.settings.fields import fields_of, find, kind_of
from bot.settings.kinds import Section
from bot.settings.loading import RBAC_FILE, Loaded, load_placed
from bot.settings.model import Settings
from bot.settings.place import ConfigFaults, Fault, in_order
from bot.settings.rbac_file import load_rbac
from bot.settings.rbac_model import Rbac
from bot.settings.tree import Loc, dotted, place_of
from bot.settings.unwise_rules import unwise_rule

_UNWISE_SWITCHES: dict[str | int, str] = {
    "insecure": "whoever sits between can read the password; ca_file or pinned_sha256 is safe",
    "legacy": "old protocols, which whoever sits between may break; update the server, and take it out",
}


def check(paths: Sequence[Path]) -> tuple[list[Fault], list[Fault]]:
    """Faults, then warnings, in file order. Runs no program and asks no server."""
    try:
        loaded = load_placed(paths)
    except ConfigFaults as error:
        beside = paths[0].parent / RBAC_FILE if paths else None
        more = _rbac(beside, ())[0] if beside is not None and beside.exists() else []
        return [*error.faults, *more], []
    faults = in_order(list(_missing(loaded)), paths)
    warnings = in_order(list(_unwise(loaded)), paths)
    if loaded.section.rbac.is_file():
        more, doubts = _rbac(loaded.section.rbac, [v.name for v in loaded.section.vcenters])
        faults += more
        warnings += doubts
    return faults, warnings


def _rbac(path: Path, vcenters: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    try:
        loaded, _ = load_rbac(path)
    except ConfigFaults as error:
        return list(error.faults), []
    return [], in_order(list(_unwise_rules(loaded, vcenters)), [path])


def _missing(loaded: Loaded[Settings]) -> Iterator[Fault]:
    """Files and secrets that are referred to and cannot be read."""
    for loc, value in _values((), loaded.section):
        if isinstance(value, Credential):
            cause = value.missing()
            if cause is not None:
                text = f"{dotted(loc)}: {value.reference}: {cause}; expected a secret that can be read"
                yield Fault(place_of(loaded.tree, loc), text)
        elif isinstance(value, Path):
            kind = kind_of(*find(Settings, loc))
            if kind is not None and kind.must_exist and (cause := _unreadable(value)):
                text = f"{dotted(loc)}: {value} {cause}; expected a file that can be read"
                yield Fault(place_of(loaded.tree, loc), text)


def _unreadable(path: Path) -> str | None:
    try:
        with path.open("rb"):
            return None
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _values(loc: Loc, value: Any) -> Iterator[tuple[Loc, Any]]:
    """Every plain value with the way to it."""
    if isinstance(value, Section):
        names = {field: key for key, field in _keys(value).items()}
        for name, key in names.items():
            yield from _values((*loc, key), getattr(value, name))
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _values((*loc, n), item)
    else:
        yield loc, value


def _keys(section: Section) -> dict[str, str]:
    return dict(zip(fields_of(type(section)), type(section).model_fields, strict=True))


def _unwise(loaded: Loaded[Settings]) -> Iterator[Fault]:
    if loaded.section.database.trusts_anybody:
        text = "database: whoever sits between can answer as the server; sslmode=verify-full is safe"
        yield Fault(place_of(loaded.tree, ("database",)), text)
    for n, guest in enumerate(loaded.section.guests):
        if not guest.match.folder:
            where: Loc = ("guests", n, "match")
            text = f"{dotted(where)}: one credential for many VMs; folder narrows it"
            yield Fault(place_of(loaded.tree, where), text)
    if not any(guest.guest_login for guest in loaded.section.guests):
        for n, vcenter in enumerate(loaded.section.vcenters):
            if vcenter.sweep is not None:
                where = ("vcenters", n, "sweep")
                text = f"{dotted(where)}: asks nobody, since no entry under guests has guest_login: true"
                yield Fault(place_of(loaded.tree, where), text)
    for loc, value in _values((), loaded.section):
        if value is True and (why := _UNWISE_SWITCHES.get(loc[-1])):
            yield Fault(place_of(loaded.tree, loc), f"{dotted(loc)}: {why}")


def _unwise_rules(loaded: Loaded[Rbac], vcenters: Sequence[str]) -> Iterator[Fault]:
    for name, group in loaded.section.groups.items():
        if not group.users and group.usergroup is None:
            loc: Loc = ("groups", name)
            yield Fault(place_of(loaded.tree, loc), f"{dotted(loc)} has no members and grants nothing")
    if not loaded.section.rules:
        yield Fault(place_of(loaded.tree, ("rules",)), "rules is empty: everything is refused")
    for n in range(len(loaded.section.rules)):
        for loc, text in unwise_rule(loaded.section, n, vcenters):
            yield Fault(place_of(loaded.tree, loc), f"{dotted(loc)}: {text}")
