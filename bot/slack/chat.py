"""What ``requests`` asks of the chat, answered by Slack."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Code, VmdumpError
from bot.requests.ports import Channel, Person
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import Refused, SlackFailure

_NOT_ONE_OF_US = ("deleted", "is_bot", "is_stranger", "is_restricted", "is_ultra_restricted")
SLACKBOT = "USLACKBOT"
"""Slack's own bot, which users.info calls a person."""


class SlackChat:
    """Implements ``bot.requests.ports.Chat``. Nothing is cached: each answer is Slack's of this moment."""

    def __init__(self, api: SlackApi, team_id: str) -> None:
        self._api = api
        self._team_id = team_id

    async def channel(self, channel_id: str) -> Channel:
        """``conversations.info``. Raises ``VmdumpError(CHANNEL_UNREADABLE)`` (channel, cause).

        A private channel that the bot is not in is one of those: Slack says ``channel_not_found``.
        """
        try:
            answer = await self._api.read("conversations.info", channel=channel_id)
        except SlackFailure as failure:
            raise VmdumpError(Code.CHANNEL_UNREADABLE, channel=channel_id, cause=failure.cause) from failure
        found = _object(answer.get("channel"))
        direct = bool(found.get("is_im") or found.get("is_mpim"))
        return Channel(
            id=channel_id,
            name=str(found.get("name") or ""),
            member=found.get("is_member") is True or found.get("is_im") is True,
            direct=direct,
        )

    async def person(self, person_id: str) -> Person:
        """``users.info``; a person is ours only if Slack says so.

        Raises ``VmdumpError``: ``FOREIGN_PERSON`` (person, cause) where Slack does not know them,
        ``SLACK_UNREACHABLE`` (endpoint, cause) where it did not answer.
        """
        try:
            answer = await self._api.read("users.info", user=person_id)
        except Refused as failure:
            raise VmdumpError(Code.FOREIGN_PERSON, person=person_id, cause=failure.cause) from failure
        except SlackFailure as failure:
            raise VmdumpError(
                Code.SLACK_UNREACHABLE, endpoint=self._api.url, cause=failure.cause
            ) from failure
        found = _object(answer.get("user"))
        ours = (
            found.get("id") == person_id
            and found.get("team_id") == self._team_id
            and person_id != SLACKBOT
            and not any(found.get(mark) for mark in _NOT_ONE_OF_US)
        )
        return Person(id=person_id, ours=ours)

    async def members(self, usergroup: str) -> frozenset[str]:
        """``usergroups.users.list``. Raises ``VmdumpError(GROUP_UNREADABLE)`` (group, cause)."""
        try:
            answer = await self._api.read("usergroups.users.list", usergroup=usergroup)
        except SlackFailure as failure:
            raise VmdumpError(Code.GROUP_UNREADABLE, group=usergroup, cause=failure.cause) from failure
        users = answer.get("users")
        if not isinstance(users, list):
            raise VmdumpError(Code.GROUP_UNREADABLE, group=usergroup, cause="no list of users")
        return frozenset(user for user in users if isinstance(user, str))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
