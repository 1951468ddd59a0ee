"""Who is in which group, as far as it could be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.core.policy.model import Policy, is_user_id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A Slack user group whose members are not known."""

    cause: str


@dataclass(frozen=True, slots=True)
class Members:
    """Those who are in a group for certain; ``unreadable`` is the cause why there may be more."""

    known: frozenset[str] = frozenset()
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to a list of groups and ids."""

    groups: tuple[str, ...]
    """the entries that the person is in for certain"""
    unreadable: tuple[str, ...]
    """the groups that the person may be in"""

    @property
    def member(self) -> bool:
        return bool(self.groups)

    @property
    def unsure(self) -> bool:
        return not self.groups and bool(self.unreadable)


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of every group of one policy at one time. A name that is no group has no members."""

    groups: Mapping[str, Members]

    def members(self, name: str) -> Members:
        if is_user_id(name):
            return Members(frozenset({name}))
        return self.groups.get(name, Members())

    def standing(self, person: str, names: Iterable[str]) -> Standing:
        found = [(name, self.members(name)) for name in dict.fromkeys(names)]
        return Standing(
            groups=tuple(name for name, members in found if person in members.known),
            unreadable=tuple(name for name, members in found if members.unreadable is not None),
        )

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """Everybody who is for certain in one of them."""
        return frozenset().union(*(self.members(name).known for name in names))

    def unreadable(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(n for n in dict.fromkeys(names) if self.members(n).unreadable is not None)


def needed_usergroups(policy: Policy) -> frozenset[str]:
    """Ids of the Slack user groups to read before this policy can decide."""
    return frozenset(g.usergroup for g in policy.groups if g.usergroup is not None)


def resolve(policy: Policy, usergroups: Mapping[str, frozenset[str] | Unreadable]) -> Membership:
    """The policy's groups with the user groups filled in; one that is not given counts as unreadable.

    People listed by id stay certain members of a group whose user group cannot be read.
    """
    groups: dict[str, Members] = {}
    for group in policy.groups:
        listed = frozenset(group.users)
        if group.usergroup is None:
            groups[group.name] = Members(listed)
            continue
        read = usergroups.get(group.usergroup, Unreadable("not read"))
        if isinstance(read, Unreadable):
            groups[group.name] = Members(listed, unreadable=read.cause)
        else:
            groups[group.name] = Members(listed | read)
    return Membership(MappingProxyType(groups))
