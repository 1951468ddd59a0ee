"""What was asked for and what of it is planned."""

from __future__ import annotations

from datetime import datetime

from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import PRIVATE, RECORD, THREAD, Params
from bot.core.plan import Plan
from bot.core.policy.approvers import Approvers
from bot.core.policy.explaining import Explanation
from bot.core.policy.freeze import Frozen
from bot.core.policy.requirement import Requirement
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.signs import GuestFile


class AskRefused(Event, kind="ask-refused", shows=PRIVATE, audited=True):
    """Nothing was done; the person is told why."""

    person: str
    channel: str
    text: str
    code: Code
    params: Params
    policy_sha256: str = ""
    """of the policy in force then; older entries do not say"""


class Answered(Event, kind="answered", shows=PRIVATE):
    """A question about the bot or its requests was answered, to the asker only."""

    person: str
    channel: str
    topic: str
    """``help``, ``status``, ``doctor`` or ``disarm``"""
    lines: tuple[str, ...] = ()


class Explained(Event, kind="explained", shows=PRIVATE):
    """Somebody asked who may have a VM captured, and why."""

    person: str
    channel: str
    vm: str
    explanation: Explanation
    policy_sha256: str


class Checked(Event, kind="checked", shows=PRIVATE):
    """Somebody asked whether a dump would succeed; nothing was requested."""

    person: str
    channel: str
    plan: Plan
    rules: tuple[str, ...]


class Asked(Event, kind="asked", shows=RECORD, audited=True):
    query: str
    vm: str
    reason: str
    requester: str
    channel: str
    rules: tuple[str, ...]
    policy_sha256: str
    purpose: Purpose = Purpose.CAPTURE


class Planned(Event, kind="planned", shows=THREAD, audited=True):
    """The message that people vote on; it is never edited."""

    round: int
    plan: Plan
    digest: str
    requester: str
    reason: str
    requirement: Requirement
    approvers: tuple[Approvers, ...]
    deadline: datetime
    break_glass: bool = False
    """whether somebody could use break-glass for it"""
    differences: tuple[str, ...] = ()
    """from the plan that was approved before, as for ``PlanChanged``"""
    frozen: Frozen | None = None
    """nothing is approved until then"""


class PlanRefused(Event, kind="plan-refused", shows=RECORD, audited=True):
    """The plan has findings that forbid it."""

    plan: Plan
    requester: str
    reason: str


class Announced(Event, kind="announced", shows=RECORD):
    """The approval message is in the channel; from now on its reactions count."""

    round: int
    message: str


class PlanConfirmed(Event, kind="plan-confirmed", shows=RECORD):
    """Read again after the approval: still what was approved, or less."""

    digest: str
    approved: str | None = None
    """the digest that was approved, where the plan is less than that: later routes that hold no more"""
    dump_before: GuestFile | None
    looked_before: bool = False
    """whether anybody could look for one"""
    looks: str | None
    """what the console looked like; a screen that is blue already is no witness later"""
    picture: str | None = None
    """SHA-256 of the console picture"""
    log_size: int | None = None
    """bytes of ``vmware.log``: only what comes after is a witness. None where it was not read"""


class PlanFollowed(Event, kind="plan-followed", shows=THREAD):
    """It is carried out on another host than the approval message names, or without its later routes."""

    vm: str
    before: str
    """host that the VM was on when the plan was approved"""
    now: str
    dropped: tuple[Route, ...]
    """routes that were approved for the host as it was then, and are not taken"""


class PlanChanged(Event, kind="plan-changed", shows=THREAD, audited=True):
    approved: str
    found: str
    differences: tuple[str, ...]
