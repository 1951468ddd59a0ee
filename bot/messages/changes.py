"""What is changed, in words."""

from __future__ import annotations

from bot.core.change import Change, RulesetChange, ShellTimeoutChange
from bot.core.guest_change import GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.target import Ruleset
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup


def course(change: Change, t: Texts) -> Markup:
    """The thing, how it is, how it will be, and back again."""
    was, will_be = former(change, t), made(change, t)
    return t("change.course", label=change.label, former=was, made=will_be)


def former(change: Change, t: Texts) -> Markup:
    match change:
        case RulesetChange():
            return _lets_in(change.former, t)
        case ShellTimeoutChange():
            return _timeout(change.former, t)
        case RegistryChange():
            return _value("former.registry", None if change.former is None else change.former.data, t)
        case SysctlChange() | GuestTextChange():
            return _value(f"former.{change.kind}", change.former, t)
        case GuestUnitChange():
            active, enabled = change.former_active, change.former_enabled
            return t(f"change.former.guest-unit.{active:d}{enabled:d}")
        case _:
            return t(f"change.former.{change.kind}")


def made(change: Change, t: Texts) -> Markup:
    match change:
        case RulesetChange():
            return _lets_in(change.ours, t)
        case ShellTimeoutChange():
            return _timeout(change.ours, t)
        case RegistryChange() | SysctlChange() | GuestTextChange():
            return _value(f"made.{change.kind}", change.ours, t)
        case _:
            return t(f"change.made.{change.kind}")


def by_hand(change: Change, t: Texts) -> Markup:
    """Where a person puts it back."""
    values = {"label": change.label, "place": change.place, "former": former(change, t)}
    if isinstance(change, RegistryChange):
        values["key"] = change.key
    return t(f"change.by-hand.{change.kind}", **values)


def _value(text_id: str, value: int | str | None, t: Texts) -> Markup:
    """Line feeds within a value become semicolons."""
    if value is None:
        return t(f"change.{text_id}.none")
    return t(f"change.{text_id}", value="; ".join(str(value).splitlines()))


def _lets_in(ruleset: Ruleset, t: Texts) -> Markup:
    if not ruleset.enabled:
        return t("change.ruleset.closed")
    return t("change.ruleset", who="all" if ruleset.all_addresses else ", ".join(ruleset.addresses))


def _timeout(seconds: int, t: Texts) -> Markup:
    return t("change.timeout", seconds=seconds) if seconds else t("change.timeout.never")
