"""What rbac.yaml may hold, and the policy that it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, Strict, StringConstraints

from bot.core.policy.freeze import Freeze
from bot.core.policy.model import Approval, Grant, Group, Means, Policy, Rule
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.settings.kinds import Duration, Globs, Kind, Section, Switch, Text

UserId = Annotated[
    str, StringConstraints(pattern=r"^[UW][A-Z0-9]{5,20}$"), Kind("a Slack user id such as U024BE7LH")
]
UsergroupId = Annotated[
    str, StringConstraints(pattern=r"^S[A-Z0-9]{5,20}$"), Kind("a Slack user group id such as S0123ABCD")
]
GroupName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,62}$"),
    Kind("a name of lower-case letters, digits, dots, dashes and underscores"),
]
Who = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z][a-z0-9._-]{0,62}|[UW][A-Z0-9]{5,20})$"),
    Kind("the name of a group, or a Slack user id"),
]
People = Annotated[tuple[Who, ...], Field(min_length=1)]
WhoOrAll = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z][a-z0-9._-]{0,62}|[UW][A-Z0-9]{5,20}|\*)$"),
    Kind('the name of a group, a Slack user id, or "*" for everybody'),
]
NamedRight = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,62}$"),
    Kind("a right or the name of a role"),
]
Rights = Annotated[
    dict[NamedRight, People], Kind("a mapping from rights and roles to lists of groups and user ids")
]
Denials = Annotated[
    dict[NamedRight, Annotated[tuple[WhoOrAll, ...], Field(min_length=1)]],
    Kind('a mapping from rights and roles to lists of groups and user ids, or ["*"]'),
]


def _time_of_day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("is not a time of day")
    return time.fromisoformat(value)


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("is not a date")
    return date.fromisoformat(value)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError):
        # ZoneInfoNotFoundError is a KeyError, whose text would be quoted; the name itself may be a path.
        raise ValueError("is not known") from None
    except KeyError:
        raise ValueError("is not known") from None
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression ({error})") from None
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), Kind('a time of day in quotes such as "18:00"')]
Day = Annotated[date, BeforeValidator(_day), Kind('a date in quotes such as "2026-12-20"')]
Zone = Annotated[str, AfterValidator(_zone), Kind("a time zone such as Europe/Berlin or UTC")]
Pattern = Annotated[
    str, StringConstraints(min_length=1), AfterValidator(_pattern), Kind("a regular expression")
]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WeekDay = Annotated[DayName, Kind(f"one of {', '.join(WEEK)}")]


class GroupEntry(Section):
    """Both may be given: the group is all of them."""

    users: tuple[UserId, ...] = ()
    """Slack user ids; never e-mail addresses or display names, which people can change."""

    usergroup: UsergroupId | None = None
    """A Slack user group, by id. While its members cannot be read, it grants nothing."""


class MatchEntry(Section):
    """Every key that is given must fit; one that is left out does not restrict."""

    vm: Globs | None = None
    """Names of VMs; upper and lower case are the same."""

    vcenter: Globs | None = None
    """Names of vCenters, as in `vcenters`."""

    folder: Globs | None = None
    """Inventory folders: `/DC1/vm/prod` is that folder alone, `/DC1/vm/prod/*` also all below it."""

    cluster: Globs | None = None
    """Names of clusters."""

    resource_pool: Globs | None = None
    """Names of resource pools: that in which the VM is itself, not those above. Where it cannot be read: as
    for `tag`."""

    tag: Globs | None = None
    """vSphere tags as `category:name`. Where they cannot be read, a rule with this key grants nothing, and
    requests that it may concern are refused."""

    attribute: Globs | None = None
    """Custom attributes as `name=value`. Where they cannot be read: as for `tag`."""

    guest: (
        Annotated[
            tuple[Annotated[Literal["windows", "linux", "other"], Kind("windows, linux or other")], ...],
            Field(min_length=1),
        ]
        | None
    ) = None
    """Families of guest systems, as vCenter has them configured."""

    channel: Globs | None = None
    """Channel ids, such as `C0123ABCD`, or patterns of channel names. Ids are safer: whoever creates a
    channel chooses its name."""

    route: (
        Annotated[
            tuple[Annotated[Literal["api", "ssh", "bundle"], Kind("api, ssh or bundle")], ...],
            Field(min_length=1),
        ]
        | None
    ) = None
    """Routes. A route that no rule gives the requester is passed over."""


class EscalateEntry(Section):
    after: Annotated[Duration, Field(ge=1, le=7 * 86400)]
    """How long after the approval message."""

    to: People
    """Who is called then, once: groups or user ids. Name people who may approve."""


class FreezeEntry(Section):
    days: Annotated[tuple[WeekDay, ...], Field(min_length=1)] = WEEK
    """Days on which the window begins."""

    start: Annotated[TimeOfDay, Field(alias="from")] = time(0)
    """When it begins, by the clock of the zone."""

    to: TimeOfDay = time(0)
    """When it ends; not after `from` means on the next day. Where the clock is changed in between, a time
    that comes twice or not at all is read so that the window is longer."""

    zone: Zone
    """Time zone of the IANA database."""

    first: Day | None = None
    """No window begins before this day."""

    last: Day | None = None
    """No window begins after this day."""


class ApproveEntry(Section):
    people: Annotated[tuple[Who, ...], Field(alias="from")] = ()
    """Who may approve or deny: groups or user ids. Those to whom `grant` gives `approve` may too."""

    all_of: tuple[Who, ...] = ()
    """Groups of which each has to be among the approvers, by a person of its own."""

    quorum: Annotated[int, Strict(), Field(ge=1, le=50), Kind("a whole number from 1 to 50")] = 1
    """How many of them must approve."""

    by: Annotated[
        tuple[
            Annotated[
                Literal["reaction", "button", "command line"], Kind("reaction, button or command line")
            ],
            ...,
        ],
        Field(min_length=1),
    ] = ("reaction",)
    """How an approval is given. Behind the button the plan is shown again and the VM's name has to be typed.
    Denying works by each of them always."""

    expires: Annotated[Duration, Field(ge=1, le=7 * 86400)] = 900.0
    """How long approval is awaited."""

    review: Annotated[Duration, Field(ge=0, le=3600)] = 0.0
    """How long after the approval message no approval counts: nobody reads a plan in a second."""

    remind: Annotated[Duration, Field(ge=1, le=7 * 86400)] | None = None
    """How long after the approval message the approvers are called once more."""

    escalate: EscalateEntry | None = None
    """Who is called when nobody has decided."""

    freeze: tuple[GroupName, ...] = ()
    """Names of windows under `freezes` in which nothing is approved."""

    reason: Pattern | None = None
    """What the requester's reason must contain, such as `INC-[0-9]+`; `.` is any reason."""

    self_approval: Switch = False
    """Whether requesters who are approvers may approve their own requests."""


class RehearseEntry(Section):
    request: tuple[Who, ...] = ()
    """Who may rehearse: groups or user ids."""

    approve: ApproveEntry
    """What a rehearsal then needs. It sends no NMI, but it opens the host."""


class ArmEntry(Section):
    request: tuple[Who, ...] = ()
    """Who may have guests armed and disarmed: groups or user ids."""

    approve: ApproveEntry
    """What arming then needs. It changes the guest and, if told, restarts it. Disarming needs no approval."""


class RuleEntry(Section):
    name: Text
    """What records and messages call the rule."""

    match: MatchEntry
    """Where the rule applies. In all patterns `*` is any text and `?` one character; `[` is only itself."""

    request: tuple[Who, ...] = ()
    """Who may request a capture: groups or user ids."""

    approve: ApproveEntry | None = None
    """What a request then needs; required where the rule lets anybody request. Of several rules that name the
    requester, all apply together: an approver suits each of them, the largest quorum and the shortest expiry
    count."""

    rehearse: RehearseEntry | None = None
    """Who may rehearse: everything of a capture but the NMI. Left out: nobody, whoever may capture."""

    arm: ArmEntry | None = None
    """Who may have a guest changed so that it writes a dump when it crashes. Left out: nobody."""

    grant: Rights = Field(default_factory=dict)
    """Further rights, and roles."""

    deny: Denials = Field(default_factory=dict)
    """Rights and roles that are denied, whatever any rule grants. To whom `approve` is denied, `break-glass`
    is too."""

    external: Switch = False
    """Whether captures may be requested in channels that people of other organisations read."""


class BreakGlassEntry(Section):
    per_day: Annotated[int, Strict(), Field(ge=0, le=20), Kind("a whole number from 0 to 20")] = 1
    """How often one person may use it in 24 hours."""


class Rbac(Section):
    groups: dict[GroupName, GroupEntry] = Field(default_factory=dict)
    """Groups of people, by name."""

    roles: Annotated[
        dict[
            GroupName,
            Annotated[
                tuple[Annotated[Right, Kind(f"a right: {', '.join(Right)}")], ...], Field(min_length=1)
            ],
        ],
        Kind("a mapping from names to lists of rights"),
    ] = Field(default_factory=dict)
    """Named sets of rights, for `grant` and `deny`."""

    freezes: dict[GroupName, FreezeEntry] = Field(default_factory=dict)
    """Windows in which nothing is approved, by name."""

    rules: tuple[RuleEntry, ...]
    """What is granted. Whatever no rule grants is refused."""

    admins: tuple[Who, ...] = ()
    """Who may pin and unpin the keys of hosts (`/vmdump pin`), and nothing else: groups or user ids."""

    break_glass: BreakGlassEntry = BreakGlassEntry()
    """Limits of the right `break-glass`."""

    def policy(self, sha256: str) -> Policy:
        """The policy, with the hash of the file's bytes."""
        return Policy(
            groups=tuple(Group(name=n, users=g.users, usergroup=g.usergroup) for n, g in self.groups.items()),
            rules=tuple(self._rule(entry) for entry in self.rules),
            admins=self.admins,
            break_glass_per_day=self.break_glass.per_day,
            sha256=sha256,
        )

    def rights(self, named: Mapping[str, tuple[str, ...]]) -> dict[Right, tuple[str, ...]]:
        """With the roles taken apart."""
        found: dict[Right, tuple[str, ...]] = {}
        for name, people in named.items():
            for right in self.roles.get(name) or (Right(name),):
                found[right] = tuple(dict.fromkeys((*found.get(right, ()), *people)))
        return found

    def _rule(self, entry: RuleEntry) -> Rule:
        grants = self.rights(entry.grant)
        approvers = grants.pop(Right.APPROVE, ())

        def grant(section: RehearseEntry | ArmEntry | None, right: Right) -> Grant | None:
            people = grants.pop(right, ())
            if section is None:
                return None
            return Grant(
                request=(*section.request, *people), approve=self._approval(section.approve, approvers)
            )

        return Rule(
            name=entry.name,
            scope=Scope(**entry.match.model_dump()),
            request=(*entry.request, *grants.pop(Right.REQUEST, ())),
            approve=None if entry.approve is None else self._approval(entry.approve, approvers),
            rehearse=grant(entry.rehearse, Right.REHEARSE),
            arm=grant(entry.arm, Right.ARM),
            grants=grants,
            denies=self.rights(entry.deny),
            external=entry.external,
        )

    def _approval(self, entry: ApproveEntry, granted: tuple[str, ...]) -> Approval:
        escalate = entry.escalate
        return Approval(
            people=tuple(dict.fromkeys((*entry.people, *granted))),
            quorum=entry.quorum,
            by=tuple(Means(means) for means in entry.by),
            expires_seconds=entry.expires,
            self_approval=entry.self_approval,
            all_of=entry.all_of,
            review_seconds=entry.review,
            remind_seconds=entry.remind,
            escalate_seconds=None if escalate is None else escalate.after,
            escalate_to=() if escalate is None else escalate.to,
            freezes=tuple(self._freeze(name) for name in entry.freeze),
            reason=entry.reason,
        )

    def _freeze(self, name: str) -> Freeze:
        entry = self.freezes[name]
        return Freeze(
            name=name,
            zone=entry.zone,
            days=tuple(sorted({WEEK.index(day) for day in entry.days})),
            start=entry.start,
            end=entry.to,
            first=entry.first,
            last=entry.last,
        )
