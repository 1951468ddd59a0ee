"""What rbac.yaml may hold, and the policy that it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict, StringConstraints

from bot.core.policy.model import Approval, Grant, Group, Means, Policy, Rule
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
    Kind("a group name of lower-case letters, digits, dots, dashes and underscores"),
]
Who = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z][a-z0-9._-]{0,62}|[UW][A-Z0-9]{5,20})$"),
    Kind("the name of a group, or a Slack user id"),
]
People = Annotated[tuple[Who, ...], Field(min_length=1)]


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

    channel: Globs | None = None
    """Channel ids, such as `C0123ABCD`, or patterns of channel names. Ids are safer: whoever creates a
    channel chooses its name."""


class ApproveEntry(Section):
    people: Annotated[People, Field(alias="from")]
    """Who may approve or deny: groups or user ids."""

    quorum: Annotated[int, Strict(), Field(ge=1, le=50), Kind("a whole number from 1 to 50")] = 1
    """How many of them must approve."""

    by: Annotated[
        tuple[Annotated[Literal["reaction"], Kind("reaction, the only means so far")], ...],
        Field(min_length=1),
    ] = ("reaction",)
    """How an approval is given."""

    expires: Annotated[Duration, Field(ge=1, le=7 * 86400)] = 900.0
    """How long approval is awaited."""

    self_approval: Switch = False
    """Whether requesters who are approvers may approve their own requests."""


class RehearseEntry(Section):
    request: People
    """Who may rehearse: groups or user ids."""

    approve: ApproveEntry
    """What a rehearsal then needs. It sends no NMI, but it opens the host."""


class RuleEntry(Section):
    name: Text
    """What records and messages call the rule."""

    match: MatchEntry
    """Where the rule applies. In all patterns `*` is any text and `?` one character; `[` is only itself."""

    request: People
    """Who may request a capture: groups or user ids."""

    approve: ApproveEntry
    """What a request then needs. Of several rules that name the requester, all apply together: an approver
    suits each of them, the largest quorum and the shortest expiry count."""

    rehearse: RehearseEntry | None = None
    """Who may rehearse: everything of a capture but the NMI. Left out: nobody, whoever may capture."""

    cancel: tuple[Who, ...] = ()
    """Who may cancel other people's requests; requesters may always cancel their own."""


class Rbac(Section):
    groups: dict[GroupName, GroupEntry] = Field(default_factory=dict)
    """Groups of people, by name."""

    rules: tuple[RuleEntry, ...]
    """What is granted. Whatever no rule grants is refused."""

    admins: tuple[Who, ...] = ()
    """Who may pin and unpin the keys of hosts (`/vmdump pin`), and nothing else: groups or user ids."""

    def policy(self, sha256: str) -> Policy:
        """The policy, with the hash of the file's bytes."""
        return Policy(
            groups=tuple(Group(name=n, users=g.users, usergroup=g.usergroup) for n, g in self.groups.items()),
            rules=tuple(_rule(entry) for entry in self.rules),
            admins=self.admins,
            sha256=sha256,
        )


def _rule(entry: RuleEntry) -> Rule:
    rehearse = entry.rehearse
    return Rule(
        name=entry.name,
        scope=Scope(**entry.match.model_dump()),
        request=entry.request,
        approve=_approval(entry.approve),
        rehearse=None
        if rehearse is None
        else Grant(request=rehearse.request, approve=_approval(rehearse.approve)),
        cancel=entry.cancel,
    )


def _approval(entry: ApproveEntry) -> Approval:
    return Approval(
        people=entry.people,
        quorum=entry.quorum,
        by=tuple(Means(means) for means in entry.by),
        expires_seconds=entry.expires,
        self_approval=entry.self_approval,
    )
