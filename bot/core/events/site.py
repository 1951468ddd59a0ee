"""What concerns no single request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.entry import Event
from bot.core.events.terms import RECORD
from bot.core.request import Outcome


class RecordRead(Event, kind="record-read", shows=RECORD, audited=True):
    """In the site journal: the record of a request was given to somebody."""

    request: str
    person: str
    """a person's chat id, or ``uid`` with the number of an account of the operating system"""
    rules: tuple[str, ...] = ()
    policy_sha256: str = ""


class PolicyLoaded(Event, kind="policy-loaded", shows=RECORD, audited=True):
    """In the site journal: which policy is in force from now on."""

    policy_sha256: str
    before: str
    """hash of the one that was in force; empty at the start"""


class PolicyRefused(Event, kind="policy-refused", shows=RECORD, audited=True):
    """In the site journal: the file was changed into one that is not taken; the old policy stays in force."""

    policy_sha256: str
    """of the policy that stays"""
    faults: tuple[str, ...]


class ClockWrong(Event, kind="clock-wrong", shows=RECORD, audited=True):
    """In the site journal: the chat's clock and ours differ too much for votes to be put in order."""

    offset: float


class Swept(Event, kind="swept", shows=RECORD):
    """The running guests of a vCenter were asked whether they would write a dump."""

    vcenter: str
    told: int
    """guests that answered"""
    failed: Mapping[str, int]
    """how many did not, by the code of what stood in the way"""
    seconds: float


class HeadClosed(Event, kind="head-closed", shows=RECORD):
    """In the site journal: what a closed request's last entry hashed to."""

    request: str
    outcome: Outcome
    seq: int
    head: str


class DatabaseRestored(Event, kind="database-restored", shows=RECORD):
    """In the site journal."""

    backup_of: datetime
    ended: tuple[str, ...]
    """the requests that are not carried on"""
    posts: int
    """messages that were waiting, and are not sent"""
    deliveries: int
    """of Slack, that were waiting, and are not acted upon"""
