"""The policy in force, with the members of its groups read now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import Code, VmdumpError
from bot.core.policy.channel import Channel as PolicyChannel
from bot.core.policy.decision import Decision
from bot.core.policy.model import Policy
from bot.core.policy.people import Membership, Unreadable, needed_usergroups, resolve
from bot.requests.ports import Channel, Chat


class Policies(Protocol):
    """Where the policy comes from."""

    def policy(self) -> tuple[Policy, str]:
        """The policy in force and the SHA-256 of its file."""


@dataclass(frozen=True, slots=True)
class Rights:
    policy: Policy
    sha256: str
    membership: Membership


async def read_rights(policies: Policies, chat: Chat) -> Rights:
    """Reads every user group that the policy names; those that cannot be read count as unreadable."""
    policy, sha256 = policies.policy()
    ids = sorted(needed_usergroups(policy))
    read = await asyncio.gather(*(_members(chat, usergroup) for usergroup in ids))
    return Rights(policy, sha256, resolve(policy, dict(zip(ids, read, strict=True))))


async def _members(chat: Chat, usergroup: str) -> frozenset[str] | Unreadable:
    try:
        return await chat.members(usergroup)
    except VmdumpError as error:
        return Unreadable(str(error.params.get("cause", error.code.value)))


def policy_channel(channel: Channel) -> PolicyChannel:
    return PolicyChannel(id=channel.id, name=channel.name)


def refuse(decision: Decision, **params: str) -> None:
    """Raises the decision's error unless it allows."""
    if not decision.allowed:
        raise VmdumpError(
            decision.code or Code.NOT_ALLOWED,
            rules=", ".join(decision.rules),
            groups=", ".join(decision.groups),
            **params,
        )


async def own_person(chat: Chat, person_id: str) -> None:
    """Raises ``VmdumpError(FOREIGN_PERSON)`` for whoever is not a full member of our workspace."""
    person = await chat.person(person_id)
    if not person.ours:
        raise VmdumpError(Code.FOREIGN_PERSON, person=person_id)


async def read_act(policies: Policies, chat: Chat, person_id: str, channel_id: str) -> tuple[Rights, Channel]:
    """Who somebody is, where, and with which rights; asked at once, so that one answer's time passes.

    Raises ``VmdumpError`` as ``own_person`` and ``own_channel`` do, the person's first.
    """
    person, rights, channel = await asyncio.gather(
        own_person(chat, person_id),
        read_rights(policies, chat),
        own_channel(chat, channel_id),
        return_exceptions=True,
    )
    if isinstance(person, BaseException):
        raise person
    if isinstance(rights, BaseException):
        raise rights
    if isinstance(channel, BaseException):
        raise channel
    return rights, channel


async def own_channel(chat: Chat, channel_id: str) -> Channel:
    """The channel, if a record can be kept in it. Raises ``VmdumpError``."""
    channel = await chat.channel(channel_id)
    if channel.direct:
        raise VmdumpError(Code.DIRECT_MESSAGE)
    if not channel.member:
        raise VmdumpError(Code.NOT_IN_CHANNEL, channel=channel_id)
    return channel
