"""What ``requests`` asks of the chat, answered by Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from bot.core.errors import Code, VmdumpError
from bot.messages.catalogue import Texts
from bot.messages.forms import button_of, form_text
from bot.requests.ports import Channel, Person, Reacted, VoteForm
from bot.slack.emoji_votes import choice_of
from bot.slack.pace import Pace
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import Refused, SlackFailure
from bot.slack.slack_limits import REACTIONS_PER_SECOND, TRIGGER_SECONDS
from bot.slack.slack_time import SlackTime
from bot.slack.usergroups import Usergroups
from bot.slack.vote_form import view

_NOT_ONE_OF_US = ("deleted", "is_bot", "is_stranger", "is_restricted", "is_ultra_restricted")
_SHARED = ("is_ext_shared", "is_pending_ext_shared")
SLACKBOT = "USLACKBOT"
"""Slack's own bot, which users.info calls a person."""


class SlackChat:
    """Implements ``bot.requests.ports.Chat``. But for user groups nothing is cached.

    ``bot_user`` is our own user id: our reactions are no votes.
    """

    def __init__(
        self,
        api: SlackApi,
        team_id: str,
        *,
        bot_user: str = "",
        language: str = "en",
        time: SlackTime | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._api = api
        self._team_id = team_id
        self._bot_user = bot_user
        self._texts = Texts(language)
        self._time = time or SlackTime()
        self._groups = Usergroups(api)
        self._pace = pace or Pace(per_second=REACTIONS_PER_SECOND)

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
            shared=any(found.get(mark) for mark in _SHARED),
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

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        """See ``Usergroups``."""
        return await self._groups.members(usergroup, at_most=at_most)

    async def reactions(self, channel_id: str, message: str) -> tuple[Reacted, ...]:
        """``reactions.get`` in full, in turn: Slack takes fifty a minute.

        Raises ``VmdumpError(VOTES_UNREADABLE)`` (cause), also where it names fewer people than it counts, or
        answers with anything but that message: no answer is not the same as no votes.
        """
        await self._pace.turn("")
        try:
            answer = await self._api.read("reactions.get", channel=channel_id, timestamp=message, full=True)
        except SlackFailure as failure:
            raise VmdumpError(Code.VOTES_UNREADABLE, cause=failure.cause) from failure
        found = _object(answer.get("message"))
        reactions = found.get("reactions", [])
        if found.get("ts") != message or not isinstance(reactions, list):
            raise VmdumpError(Code.VOTES_UNREADABLE, cause="the answer is not about the message")
        return tuple(dict.fromkeys(vote for reaction in reactions for vote in self._votes(_object(reaction))))

    def _votes(self, reaction: dict[str, Any]) -> Iterator[Reacted]:
        choice = choice_of(str(reaction.get("name", "")))
        if choice is None:
            return
        users = [user for user in reaction.get("users") or [] if isinstance(user, str)]
        if reaction.get("count") != len(users):
            raise VmdumpError(Code.VOTES_UNREADABLE, cause="Slack names fewer people than it counts")
        for user in users:
            if user != self._bot_user:
                yield Reacted(person=user, choice=choice)

    async def open_form(self, trigger: str, form: VoteForm) -> None:
        """``views.open``. Raises ``VmdumpError(FORM_NOT_SHOWN)`` (cause)."""
        button = button_of(form.choice, break_glass=form.break_glass)
        text = form_text(form.planned, form.request, button, self._texts)
        try:
            async with asyncio.timeout(TRIGGER_SECONDS):
                await self._api.call("views.open", trigger_id=trigger, view=view(form, text))
        except SlackFailure as failure:
            raise VmdumpError(Code.FORM_NOT_SHOWN, cause=failure.cause) from failure
        except TimeoutError:
            raise VmdumpError(Code.FORM_NOT_SHOWN, cause="no answer in time") from None

    def clock_offset(self) -> float | None:
        """See ``SlackTime``."""
        return self._time.offset()


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
