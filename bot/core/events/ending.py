"""How it ended."""

from __future__ import annotations

from datetime import datetime

from bot.core.change import Change
from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import THREAD, Params
from bot.core.purpose import Purpose
from bot.core.request import Outcome
from bot.core.value import Value


class NotVerified(Event, kind="not-verified", shows=THREAD):
    code: Code
    params: Params


class Failed(Event, kind="failed", shows=THREAD):
    """Before the NMI: nothing was crashed."""

    vm: str
    code: Code
    params: Params
    purpose: Purpose = Purpose.CAPTURE


class Durations(Value):
    """Seconds; None for a part that did not happen."""

    approval_to_nmi: float | None = None
    ssh_open: float | None = None
    dump: float | None = None
    reboot: float | None = None
    down: float | None = None


class Closed(Event, kind="closed", shows=THREAD, audited=True):
    """The last entry of a journal, but for debts that are paid later."""

    vm: str
    outcome: Outcome
    changes: int
    restored: int
    taken_over: int = 0
    """changes that somebody else has altered since: they are left so. Older entries count them as restored"""
    kept: int = 0
    """changes that arm the guest, and stay until it is disarmed"""
    durations: Durations
    befell: tuple[str, ...] = ()
    """what else happened to the VM since the NMI, as in ``core.befallen``"""
    restored_from: datetime | None = None
    """the database was restored from a backup of that time: what happened since is not known"""


class RestoredFromBackup(Event, kind="restored-from-backup", shows=THREAD):
    """The database went back in time: this request, living then, is not carried on."""

    backup_of: datetime
    state: str
    """which it had in the backup"""
    owed: tuple[Change, ...]
    """what was changed by then or may have been since, and is put back"""
