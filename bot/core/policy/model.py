"""The policy: groups of people, and rules that grant them something.

A rule only ever grants; what no rule grants is refused.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import Field

from bot.core.policy.scope import Scope
from bot.core.purpose import Purpose
from bot.core.value import Value

USER_ID = re.compile(r"[UW][A-Z0-9]{5,}")
"""a Slack user id; people are never known by e-mail or display name, which they can change"""


class Means(StrEnum):
    """How an approval is given."""

    REACTION = "reaction"


class Group(Value):
    """People listed by id together with those of a Slack user group."""

    name: str
    users: tuple[str, ...] = ()
    usergroup: str | None = None


class Approval(Value):
    """What a rule wants before its requests are carried out."""

    people: tuple[str, ...]
    """names of groups, or user ids"""
    quorum: int = Field(ge=1)
    by: tuple[Means, ...]
    expires_seconds: float = Field(gt=0)
    self_approval: bool = False


class Grant(Value):
    """Who may ask for something, and who has to agree."""

    request: tuple[str, ...]
    """names of groups, or user ids"""
    approve: Approval


class Rule(Value):
    name: str
    scope: Scope
    request: tuple[str, ...]
    """who may request a capture: names of groups, or user ids"""
    approve: Approval
    rehearse: Grant | None = None
    """without it the rule lets nobody rehearse, whoever may capture"""
    cancel: tuple[str, ...] = ()
    """who may cancel other people's requests"""

    def grant(self, purpose: Purpose) -> Grant | None:
        """What the rule grants for a purpose."""
        match purpose:
            case Purpose.CAPTURE:
                return Grant(request=self.request, approve=self.approve)
            case Purpose.REHEARSAL:
                return self.rehearse


class Policy(Value):
    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()
    admins: tuple[str, ...] = ()
    """who may pin host keys, and nothing else: names of groups, or user ids"""
    sha256: str
    """of the bytes of the file it was read from; noted with each decision"""


def is_user_id(name: str) -> bool:
    return USER_ID.fullmatch(name) is not None
