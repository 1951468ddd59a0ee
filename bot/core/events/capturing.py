"""The execution of an approved plan, from its start to the dump."""

from __future__ import annotations

from datetime import datetime

from bot.core.dump_facts import DumpFacts
from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import RECORD, THREAD, Params
from bot.core.kernel_log import KernelLog
from bot.core.route import Route
from bot.core.signs import GuestFile, Signs
from bot.core.verdict import Verdict
from bot.core.win_bsod import BugCheck


class RunStarted(Event, kind="run-started", shows=RECORD):
    run: int


class Resumed(Event, kind="resumed", shows=THREAD):
    """The bot was away in the middle of a capture."""

    run: int
    state: str
    silent_seconds: float


class WaitingForMigration(Event, kind="waiting-for-migration", shows=THREAD):
    """A VM on its way to another host gets no NMI."""

    vm: str
    host: str


class WorldCrossChecked(Event, kind="world-cross-checked", shows=RECORD):
    """vCenter's own list of the host's worlds, asked without SSH."""

    world_id: int | None
    """None where this vCenter or this account cannot ask"""
    cause: str = ""


class WorldFound(Event, kind="world-found", shows=RECORD):
    host: str
    world_id: int
    cartel_id: int
    uuid: str
    config_file: str
    rows: int


class NmiIntended(Event, kind="nmi-intended", shows=RECORD):
    """After this entry the NMI may be on its way; it is written once and the NMI is sent at most once."""

    host: str
    world_id: int | None
    """None for a route that names the VM by its managed object id"""
    vcenter_at: datetime
    """vCenter's clock: events are asked for since then"""
    signs: Signs
    """how the guest was just before"""
    route: Route = Route.SSH


class NmiSent(Event, kind="nmi-sent", shows=THREAD):
    vm: str
    host: str
    world_id: int | None
    output: str
    route: Route = Route.SSH


class NmiNotSent(Event, kind="nmi-not-sent", shows=THREAD):
    vm: str
    host: str
    world_id: int | None
    output: str
    route: Route = Route.SSH


class HandedOver(Event, kind="handed-over", shows=THREAD):
    """A route proved that it sent nothing: the next one that was approved is tried."""

    vm: str
    route: Route
    next: Route
    output: str


class NmiUnknown(Event, kind="nmi-unknown", shows=THREAD):
    """The intent is written, the answer is not known."""

    vm: str
    host: str
    world_id: int | None
    output: str
    route: Route = Route.SSH
    restarted: bool
    """True if the bot went down in between, False if the answer was lost or strange"""
    intended_at: datetime


class PictureTaken(Event, kind="picture-taken", shows=RECORD):
    sha256: str
    size: int
    looks: str
    """``blue screen``, ``dark`` or ``other``: a guess from the colours"""


class SignsRead(Event, kind="signs-read", shows=RECORD):
    """Signs of life that differ from the last ones read, or have been the same for some looks."""

    signs: Signs


class LogRead(Event, kind="log-read", shows=RECORD):
    """What Windows left in ``vmware.log``."""

    after: int
    """the log's size before the NMI, bytes"""
    size: int
    """and when it was read"""
    lines: tuple[str, ...]


class LogUnread(Event, kind="log-unread", shows=RECORD):
    """``vmware.log`` is no witness of this crash."""

    code: Code
    params: Params


class CrashSeen(Event, kind="crash-seen", shows=THREAD):
    vm: str
    after_seconds: float
    witnesses: tuple[str, ...]
    """names as in ``core.witness``"""
    picture: str | None
    """SHA-256 of the console picture"""
    bug_check: BugCheck | None = None
    """by ``vmware.log``"""


class NoCrash(Event, kind="no-crash", shows=THREAD):
    vm: str
    family: str
    watched_seconds: float
    heartbeat: str


class CrashUnknown(Event, kind="crash-unknown", shows=THREAD):
    vm: str
    watched_seconds: float
    heartbeat: str
    rate: int | None = None
    """bytes per second that its disks were written with in the end"""


class DumpProgress(Event, kind="dump-progress", shows=THREAD):
    """The guest has crashed and is not back: how far it may be."""

    after_seconds: float
    """since the crash was seen"""
    expected_seconds: tuple[int, int]
    """the plan's estimate of the guest's absence, least and most"""
    rate: int | None
    """bytes per second that its disks are written with; None where vCenter does not tell"""
    written: int | None
    """bytes, computed: the mean rate for the whole time"""
    picture: str | None
    """SHA-256 of the newest console picture"""


class DumpWritten(Event, kind="dump-written", shows=THREAD):
    after_seconds: float
    """since the crash was seen"""
    sign: str
    """``reboot-event``, ``blue-screen-gone`` or ``tools-back``"""


class DumpCut(Event, kind="dump-cut", shows=THREAD):
    """The writing of the dump was ended from outside."""

    after_seconds: float
    """since the crash was seen"""
    by: str
    """as in ``core.befallen``"""
    rate: int | None
    """bytes per second that its disks were written with when last read before"""


class Befell(Event, kind="befell", shows=THREAD):
    """Something else happened to the VM meanwhile, by vCenter's events."""

    vm: str
    what: str
    """as in ``core.befallen``"""
    happened_at: datetime
    """vCenter's clock"""
    text: str
    """vCenter's words; empty where only the console showed it"""
    user: str
    """the account that vCenter names; empty for its own doings"""
    screenshot: str | None
    """datastore path of the picture that HA took before it reset the VM"""


class Rebooted(Event, kind="rebooted", shows=THREAD):
    family: str
    after_seconds: float
    """since the dump was written"""


class NotBack(Event, kind="not-back", shows=THREAD):
    """The guest did not come back in the time allowed."""

    vm: str
    waited_seconds: float
    heartbeat: str
    last: str
    """``crash seen`` or ``dump written``"""
    power: str = "poweredOn"
    """else the wait ended because it stays so"""
    signs: Signs | None = None
    """the last reading"""
    rate: int | None = None
    """bytes per second that its disks were written with then"""
    picture: str | None = None
    """SHA-256 of the last console picture"""


class DumpGrowing(Event, kind="dump-growing", shows=THREAD):
    """The dump was seen to change: it is still being copied."""

    file: GuestFile
    expected_size: int | None
    """bytes; None where it does not say"""
    wait_seconds: float
    """how long it is waited for at most"""


class KernelLogRead(Event, kind="kernel-log", shows=THREAD):
    """What Linux said last, from beside the dump."""

    log: KernelLog


class DumpFound(Event, kind="dump-found", shows=RECORD):
    file: GuestFile
    facts: DumpFacts


class Judged(Event, kind="judged", shows=THREAD):
    file: GuestFile
    facts: DumpFacts
    verdict: Verdict
