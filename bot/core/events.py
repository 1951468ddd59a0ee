"""The kinds of entry, in the order of a request's life."""

from __future__ import annotations

from datetime import datetime

from bot.core.change import Change
from bot.core.dump_facts import DumpFacts
from bot.core.entry import Event, Shows
from bot.core.errors import Code, Param
from bot.core.plan import Plan
from bot.core.policy.approvers import Approvers
from bot.core.policy.explaining import Explanation
from bot.core.policy.freeze import Frozen
from bot.core.policy.model import Means
from bot.core.policy.requirement import Requirement
from bot.core.purpose import Purpose
from bot.core.rehearsal import Part
from bot.core.request import Outcome
from bot.core.route import Route
from bot.core.signs import GuestFile, Signs
from bot.core.value import Value
from bot.core.verdict import Verdict
from bot.core.vote import Choice

THREAD, PRIVATE, RECORD = Shows.THREAD, Shows.PRIVATE, Shows.RECORD
Params = dict[str, Param]


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
    """``help`` or ``status``"""
    lines: tuple[str, ...] = ()


class Explained(Event, kind="explained", shows=PRIVATE):
    """Somebody asked who may have a VM captured, and why."""

    person: str
    channel: str
    vm: str
    explanation: Explanation
    policy_sha256: str


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


class Voted(Event, kind="voted", shows=THREAD, audited=True):
    person: str
    choice: Choice
    groups: tuple[str, ...]
    rules: tuple[str, ...]
    policy_sha256: str
    digest: str
    count: int
    quorum: int
    message: str
    """ts of the approval message"""
    means: Means = Means.REACTION
    reason: str = ""
    found: bool = False
    """it was found on the message afterwards; its time is that of the reading"""
    missing: tuple[str, ...] = ()
    """groups of which an approver is still needed"""
    clock_offset: float | None = None
    """seconds by which the chat's clock was ahead of ours"""


class BrokeGlass(Event, kind="broke-glass", shows=THREAD, audited=True):
    """One person approved alone, in the open; another approver has to look at it afterwards."""

    person: str
    reason: str
    groups: tuple[str, ...]
    rules: tuple[str, ...]
    policy_sha256: str
    digest: str
    message: str
    approvers: tuple[Approvers, ...]
    """all are called"""
    frozen: Frozen | None = None
    clock_offset: float | None = None


class GlassClaimed(Event, kind="glass-claimed", shows=RECORD):
    """In the site journal: one of the times that a person may break glass is spent."""

    person: str
    request: str
    delivery: str


class GlassReviewed(Event, kind="glass-reviewed", shows=THREAD, audited=True):
    person: str
    groups: tuple[str, ...]
    words: str


class GlassUnreviewed(Event, kind="glass-unreviewed", shows=THREAD, audited=True):
    """A day has gone by, and nobody has looked at it."""

    person: str
    """who broke glass"""
    days: int
    approvers: tuple[Approvers, ...]


class Reminded(Event, kind="reminded", shows=THREAD):
    """Nobody has decided yet."""

    approvers: tuple[Approvers, ...]
    deadline: datetime
    count: int
    quorum: int
    escalated: bool
    """whether others are called than those who were asked"""


class ApprovalLapsed(Event, kind="approval-lapsed", shows=THREAD, audited=True):
    """Looked at again before the first change, what had been approved is approved no more."""

    count: int
    quorum: int
    gone: tuple[str, ...]
    """people whose approval counted and does not now"""
    code: Code
    params: Params


class VoteRefused(Event, kind="vote-refused", shows=PRIVATE, audited=True):
    person: str
    channel: str
    choice: Choice
    code: Code
    params: Params
    policy_sha256: str
    message: str = ""
    """ts of the approval message; older entries do not say"""
    clock_offset: float | None = None


class VoteWithdrawn(Event, kind="vote-withdrawn", shows=THREAD, audited=True):
    person: str
    count: int
    quorum: int
    found: bool = False
    """the reaction was found to be gone"""


class VoteLate(Event, kind="vote-late", shows=RECORD, audited=True):
    """It came after the first change, or was taken back then, and changes nothing."""

    person: str
    choice: Choice
    added: bool
    message: str


class Cancelled(Event, kind="cancelled", shows=THREAD, audited=True):
    person: str


class Expired(Event, kind="expired", shows=THREAD, audited=True):
    count: int
    quorum: int


class RunStarted(Event, kind="run-started", shows=RECORD):
    run: int


class Resumed(Event, kind="resumed", shows=THREAD):
    """The bot was away in the middle of a capture."""

    run: int
    state: str
    silent_seconds: float


class PlanConfirmed(Event, kind="plan-confirmed", shows=RECORD):
    """Read again after the approval: still what was approved, or less."""

    digest: str
    approved: str | None = None
    """the digest that was approved, where the plan is less than that: later routes that hold no more"""
    dump_before: GuestFile | None
    looks: str | None
    """what the console looked like; a screen that is blue already is no witness later"""


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


class RehearsalRead(Event, kind="rehearsal-read", shows=RECORD):
    """What was seen on the host, kept before it is closed again."""

    host: str
    world_id: int | None
    parts: tuple[Part, ...]
    """in the order in which they were tried; the one that failed is not among them"""
    failed: str | None
    """name of the part that failed"""
    code: Code | None
    params: Params


class Rehearsed(Event, kind="rehearsed", shows=THREAD):
    """All that a capture does but the NMI was done."""

    vm: str
    host: str
    world_id: int | None
    """None where no route needs it"""
    parts: tuple[Part, ...]


class RehearsalFailed(Event, kind="rehearsal-failed", shows=THREAD):
    """A capture would have failed here as well."""

    vm: str
    host: str
    parts: tuple[Part, ...]
    """those that went well"""
    failed: str
    code: Code
    params: Params


class HostKeyShown(Event, kind="host-key-shown", shows=THREAD):
    """A host showed a key while none of it was pinned; nothing was sent to it."""

    host: str
    algorithm: str
    fingerprint: str
    """``SHA256:`` and 43 characters, as ``ssh-keygen -l`` prints it"""
    public_key: str
    """in OpenSSH's form, without a comment"""


class HostKeyPinned(Event, kind="host-key-pinned", shows=THREAD, audited=True):
    """In the site journal this is the pin itself, in the request's it tells the thread."""

    host: str
    fingerprint: str
    public_key: str
    request: str
    person: str
    groups: tuple[str, ...]
    policy_sha256: str
    delivery: str = ""
    """which wrote it; older entries do not say"""


class HostKeyUnpinned(Event, kind="host-key-unpinned", shows=THREAD, audited=True):
    """The pin counts no more. In the site journal, and told where the pin was told."""

    host: str
    fingerprint: str
    public_key: str
    request: str
    """whose rehearsal had shown the key"""
    person: str
    groups: tuple[str, ...]
    policy_sha256: str
    delivery: str


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


class PictureTaken(Event, kind="picture-taken", shows=RECORD):
    sha256: str
    size: int
    looks: str
    """``blue screen``, ``dark`` or ``other``: a guess from the colours"""


class SignsRead(Event, kind="signs-read", shows=RECORD):
    """Signs of life that differ from the last ones read, or have been the same for some looks."""

    signs: Signs


class CrashSeen(Event, kind="crash-seen", shows=THREAD):
    vm: str
    after_seconds: float
    witnesses: tuple[str, ...]
    """names as in ``core.witness``"""
    picture: str | None
    """SHA-256 of the console picture"""


class NoCrash(Event, kind="no-crash", shows=THREAD):
    vm: str
    family: str
    watched_seconds: float
    heartbeat: str


class CrashUnknown(Event, kind="crash-unknown", shows=THREAD):
    vm: str
    watched_seconds: float
    heartbeat: str


class DumpWritten(Event, kind="dump-written", shows=THREAD):
    after_seconds: float
    """since the crash was seen"""
    sign: str
    """``reboot-event``, ``blue-screen-gone`` or ``tools-back``"""


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


class DumpFound(Event, kind="dump-found", shows=RECORD):
    file: GuestFile
    facts: DumpFacts


class Judged(Event, kind="judged", shows=THREAD):
    file: GuestFile
    facts: DumpFacts
    verdict: Verdict


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
    durations: Durations
    restored_from: datetime | None = None
    """the database was restored from a backup of that time: what happened since is not known"""


class HeadClosed(Event, kind="head-closed", shows=RECORD):
    """In the site journal: what a closed request's last entry hashed to."""

    request: str
    outcome: Outcome
    seq: int
    head: str


class RestoredFromBackup(Event, kind="restored-from-backup", shows=THREAD):
    """The database went back in time: this request, living then, is not carried on."""

    backup_of: datetime
    state: str
    """which it had in the backup"""
    owed: tuple[Change, ...]
    """what was changed by then or may have been since, and is put back"""


class DatabaseRestored(Event, kind="database-restored", shows=RECORD):
    """In the site journal."""

    backup_of: datetime
    ended: tuple[str, ...]
    """the requests that are not carried on"""
    posts: int
    """messages that were waiting, and are not sent"""
    deliveries: int
    """of Slack, that were waiting, and are not acted upon"""
