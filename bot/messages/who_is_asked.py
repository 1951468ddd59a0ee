"""Groups and people as messages call them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.policy.approvers import Approvers
from bot.messages.escaping import Markup, escape, group, person
from bot.messages.renderers import joined


def asked(approvers: Iterable[Approvers]) -> Markup:
    """Calls the people; a user group calls its members by itself."""
    return joined([_one(one) for one in approvers])


def _one(approvers: Approvers) -> Markup:
    if approvers.usergroup is not None:
        return group(approvers.usergroup)
    people = joined([person(one) for one in approvers.people], " ")
    return people if approvers.people == (approvers.name,) else Markup(f"{escape(approvers.name)} ({people})")


def named(approvers: Iterable[Approvers]) -> Markup:
    """Names them without calling anybody."""
    return joined([escape(one.name) for one in approvers])
