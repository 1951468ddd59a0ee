"""The one table of error codes, and the exceptions that carry them.

``messages`` turns a code with its parameters into a person's sentence: what happened, why, what to do.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Each value is stable: people search for it, and records keep it."""

    # asking
    BAD_COMMAND = "bad-command"
    NOT_ALLOWED = "not-allowed"
    DENIED_BY_RULE = "denied-by-rule"
    NO_APPROVERS = "no-approvers"
    GROUP_UNREADABLE = "group-unreadable"
    SCOPE_UNREADABLE = "scope-unreadable"
    REASON_NEEDED = "reason-needed"
    FROZEN = "frozen"
    CHANNEL_SHARED = "channel-shared"
    NOT_IN_CHANNEL = "not-in-channel"
    DIRECT_MESSAGE = "direct-message"
    CHANNEL_UNREADABLE = "channel-unreadable"
    FOREIGN_PERSON = "foreign-person"
    VM_UNKNOWN = "vm-unknown"
    VM_AMBIGUOUS = "vm-ambiguous"
    VM_PROTECTED = "vm-protected"
    VM_BUSY = "vm-busy"
    VM_GONE = "vm-gone"
    NOT_READY = "not-ready"
    NO_HOST_KEY = "no-host-key"
    NO_ROUTE = "no-route"
    ROUTE_NOT_GRANTED = "route-not-granted"
    ROUTE_NOT_ALLOWED = "route-not-allowed"
    ROUTE_TOO_OLD = "route-too-old"
    ROUTE_PRIVILEGE = "route-privilege"
    ROUTE_DISABLED = "route-disabled"
    NO_MANIFEST = "no-manifest"
    LOCKDOWN = "lockdown"
    APART = "apart"
    MIGRATING = "migrating"
    REQUEST_UNKNOWN = "request-unknown"
    TOO_LATE = "too-late"
    NOTHING_HELD = "nothing-held"
    OVERRIDE_REASON = "override-reason"
    # arming
    GUEST_LOGIN_OFF = "guest-login-off"
    ALREADY_ARMED = "already-armed"
    NOT_ARMED = "not-armed"
    NOTHING_TO_ARM = "nothing-to-arm"
    NOT_AS_SET = "not-as-set"
    # voting
    SELF_APPROVAL = "self-approval"
    NOT_AN_APPROVER = "not-an-approver"
    BAD_OPTION = "bad-option"
    NO_PERSON = "no-person"
    LINE_CROWDED = "line-crowded"
    LINE_TIMEOUT = "line-timeout"
    NOT_SERVING = "not-serving"
    OTHER_MEANS = "other-means"
    TOO_SOON = "too-soon"
    OTHER_NAME = "other-name"
    CLOCK_WRONG = "clock-wrong"
    VOTES_CHANGED = "votes-changed"
    BREAK_GLASS_SPENT = "break-glass-spent"
    NOTHING_TO_REVIEW = "nothing-to-review"
    VOTES_UNREADABLE = "votes-unreadable"
    FORM_NOT_SHOWN = "form-not-shown"
    # pinning a host's key
    NOT_AN_ADMIN = "not-an-admin"
    NO_KEY_SHOWN = "no-key-shown"
    OTHER_FINGERPRINT = "other-fingerprint"
    HOST_KEY_PINNED = "host-key-pinned"
    NOT_PINNED = "not-pinned"
    OTHER_PIN = "other-pin"
    # vCenter
    VCENTER_UNREACHABLE = "vcenter-unreachable"
    VCENTER_LOGIN = "vcenter-login"
    VCENTER_CERTIFICATE = "vcenter-certificate"
    VCENTER_TIMEOUT = "vcenter-timeout"
    VCENTER_FAULT = "vcenter-fault"
    VCENTER_PERMISSION = "vcenter-permission"
    OUTCOME_UNKNOWN = "outcome-unknown"
    SERVICE_MISSING = "service-missing"
    THING_MISSING = "thing-missing"
    HOST_CERTIFICATE = "host-certificate"
    HOST_HTTPS = "host-https"
    # host
    SSH_UNREACHABLE = "ssh-unreachable"
    SSH_LOGIN = "ssh-login"
    SSH_HOST_KEY = "ssh-host-key"
    SSH_HOST_KEY_UNKNOWN = "ssh-host-key-unknown"
    SSH_TIMEOUT = "ssh-timeout"
    HOST_NOT_REACHED = "host-not-reached"
    BASTION_UNREACHABLE = "bastion-unreachable"
    BASTION_LOGIN = "bastion-login"
    BASTION_HOST_KEY = "bastion-host-key"
    BASTION_TIMEOUT = "bastion-timeout"
    BASTION_REFUSED = "bastion-refused"
    PROCESS_LIST = "process-list"
    VMDUMPER = "vmdumper"
    WORLD_NOT_FOUND = "world-not-found"
    WORLD_AMBIGUOUS = "world-ambiguous"
    WORLD_CONTRADICTED = "world-contradicted"
    MOVED = "moved"
    CHANGED_MEANWHILE = "changed-meanwhile"
    HOST_BUSY = "host-busy"
    STALE_APPROVAL = "stale-approval"
    NOT_A_CAPTURE = "not-a-capture"
    NMI_REFUSED = "nmi-refused"
    # guest
    GUEST_LOGIN = "guest-login"
    GUEST_UNAVAILABLE = "guest-unavailable"
    GUEST_FILE = "guest-file"
    GUEST_REGISTRY = "guest-registry"
    GUEST_CHANGE = "guest-change"
    GUEST_PROGRAM = "guest-program"
    GUEST_CERTIFICATE = "guest-certificate"
    GUEST_SYSTEM = "guest-system"
    NO_CRASHKERNEL = "no-crashkernel"
    NO_KDUMP = "no-kdump"
    DUMP_KIND = "dump-kind"
    NO_DUMP = "no-dump"
    DUMP_FORMAT = "dump-format"
    NO_GUEST_CREDENTIALS = "no-guest-credentials"
    # set-up
    CONFIG = "config"
    CREDENTIAL = "credential"
    DATABASE = "database"
    DATABASE_NEWER = "database-newer"
    DATABASE_OLDER = "database-older"
    DATABASE_IN_USE = "database-in-use"
    DATABASE_OWES = "database-owes"
    BACKUP = "backup"
    ALREADY_RUNNING = "already-running"
    SLACK_LOGIN = "slack-login"
    SLACK_UNREACHABLE = "slack-unreachable"
    SLACK_WORKSPACE = "slack-workspace"
    JOURNAL_BROKEN = "journal-broken"
    INTERNAL = "internal"


Param = str | int | float


class VmdumpError(Exception):
    """Something did not work, and it is known that it had no effect on any machine."""

    def __init__(self, code: Code, **params: Param) -> None:
        super().__init__(code.value)
        self.code = code
        self.params = params


class OutcomeUnknown(VmdumpError):
    """A call with an effect was sent and its answer was lost: it may or may not have happened."""
