"""The policy: groups of people, and rules that grant them something or deny it.

What no rule grants is refused, and what one denies is refused whatever others grant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from bot.core.policy.freeze import Freeze
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.purpose import Purpose
from bot.core.value import Value

USER_ID = re.compile(r"[UW][A-Z0-9]{5,}")
"""a Slack user id; people are never known by e-mail or display name, which they can change"""
BREAK_GLASS_REASON = 10
"""characters that a reason for it has at least"""
EVERYBODY = "*"
"""in a list of those to whom something is denied"""


class Means(StrEnum):
    """How an approval is given."""

    REACTION = "reaction"
    BUTTON = "button"
    COMMAND_LINE = "command line"


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
    all_of: tuple[str, ...] = ()
    """each of these groups has to be among the approvers, by a person of its own"""
    review_seconds: float = 0.0
    """between the approval message and the first approval that counts"""
    remind_seconds: float | None = None
    escalate_seconds: float | None = None
    escalate_to: tuple[str, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    reason: str | None = None
    """a regular expression that is found in the requester's reason"""


class Grant(Value):
    """Who may ask for something, and who has to agree."""

    request: tuple[str, ...]
    """names of groups, or user ids"""
    approve: Approval


class Rule(Value):
    name: str
    scope: Scope
    request: tuple[str, ...] = ()
    """who may request a capture: names of groups, or user ids"""
    approve: Approval | None = None
    """None where nothing can be requested by it"""
    rehearse: Grant | None = None
    """without it the rule lets nobody rehearse, whoever may capture"""
    arm: Grant | None = None
    """the same for arming"""
    grants: Mapping[Right, tuple[str, ...]] = Field(default_factory=dict)
    """further rights"""
    denies: Mapping[Right, tuple[str, ...]] = Field(default_factory=dict)
    """``EVERYBODY`` stands for all"""
    external: bool = False
    """whether requests may be made in channels with people of other organisations"""

    def grant(self, purpose: Purpose) -> Grant | None:
        """What the rule grants for a purpose."""
        match purpose:
            case Purpose.CAPTURE:
                return Grant(request=self.request, approve=self.approve) if self.approve else None
            case Purpose.REHEARSAL:
                return self.rehearse
            case Purpose.ARM:
                return self.arm


class Policy(Value):
    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()
    admins: tuple[str, ...] = ()
    """who may pin host keys and run doctor from the chat, and nothing else: names of groups, or user ids"""
    break_glass_per_day: int = Field(default=1, ge=0)
    """for each person, in the last 24 hours"""
    sha256: str
    """of the bytes of the file it was read from; noted with each decision"""


def is_user_id(name: str) -> bool:
    return USER_ID.fullmatch(name) is not None
