"""What is altered on hosts and clusters, and put back."""

from __future__ import annotations

from datetime import datetime

from bot.core.change import Change
from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import RECORD, THREAD, Params
from bot.core.route import Route


class VcenterTold(Event, kind="vcenter-told", shows=RECORD):
    """A line for vCenter's own event log, before it is sent."""

    subject: str
    text: str


class VcenterTellFailed(Event, kind="vcenter-tell-failed", shows=RECORD):
    subject: str
    code: Code
    params: Params


class WaitingForHost(Event, kind="waiting-for-host", shows=THREAD):
    host: str
    label: str
    holder: str


class ChangeIntended(Event, kind="change-intended", shows=RECORD):
    change_id: str
    change: Change


class ChangeMade(Event, kind="change-made", shows=RECORD):
    change_id: str
    change: Change


class ChangeNeverMade(Event, kind="change-never-made", shows=RECORD):
    change_id: str
    change: Change


class Prepared(Event, kind="prepared", shows=THREAD):
    host: str
    labels: tuple[str, ...]
    """of the services"""
    already_on: tuple[str, ...]
    besides: tuple[str, ...] = ()
    """labels of what else was changed on the host"""
    guards: tuple[str, ...] = ()
    """labels of what the cluster is kept from"""
    route: Route = Route.SSH


class RestoreIntended(Event, kind="restore-intended", shows=RECORD):
    change_id: str
    change: Change
    attempt: int


class ChangeRestored(Event, kind="change-restored", shows=RECORD):
    """Read back right for the first time."""

    change_id: str
    change: Change


class ChangeSettled(Event, kind="change-settled", shows=RECORD):
    """Read back right for the second time, after the longest call time-out."""

    change_id: str
    change: Change


class TakenOver(Event, kind="taken-over", shows=THREAD):
    """Somebody else changed the thing meanwhile: it is left as they left it."""

    change_id: str
    change: Change
    seen: str


class Released(Event, kind="released", shows=THREAD):
    host: str
    labels: tuple[str, ...]
    """of the services"""
    open_seconds: float
    besides: tuple[str, ...] = ()


class GuardsReleased(Event, kind="guards-released", shows=THREAD):
    """The cluster may do again what it did before."""

    vm: str
    labels: tuple[str, ...]


class GuardsHeld(Event, kind="guards-held", shows=THREAD):
    """The guest is not proved up: the cluster is kept from it until it is, or until a person says so."""

    vm: str
    labels: tuple[str, ...]


class GuardsLetGo(Event, kind="guards-let-go", shows=THREAD, audited=True):
    """A person said that the cluster need not be kept from the guest any more."""

    person: str


class RestoreFailed(Event, kind="restore-failed", shows=RECORD):
    change_id: str
    change: Change
    attempt: int
    code: Code
    params: Params


class RestoreOwed(Event, kind="restore-owed", shows=THREAD):
    """Restoring keeps failing."""

    change_id: str
    change: Change
    attempt: int
    code: Code
    params: Params
    owed_since: datetime


class RestoredAfterAll(Event, kind="restored-after-all", shows=THREAD):
    change_id: str
    change: Change
    attempts: int
