"""Who we are in Slack, asked once at the start."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.core.errors import Code, VmdumpError
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import Refused, SlackFailure
from bot.slack.slack_settings import SlackSettings


@dataclass(frozen=True, slots=True)
class Identity:
    """Our own ids, by which we know our own messages and reactions."""

    team_id: str
    user_id: str
    bot_id: str


async def log_in(api: SlackApi, settings: SlackSettings) -> Identity:
    """Tries the bot token.

    Raises ``VmdumpError``: ``SLACK_LOGIN`` (endpoint, cause) for a token that Slack refuses,
    ``SLACK_UNREACHABLE`` (endpoint, cause), ``SLACK_WORKSPACE`` (expected, found) for a token of another
    workspace, and ``CREDENTIAL`` for one that cannot be read.
    """
    await asyncio.to_thread(settings.bot_token)
    try:
        answer = await api.read("auth.test")
    except Refused as failure:
        raise VmdumpError(Code.SLACK_LOGIN, endpoint=api.url, cause=failure.cause) from failure
    except SlackFailure as failure:
        raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=api.url, cause=failure.cause) from failure
    if answer.get("is_enterprise_install"):
        # People of every workspace of the organisation would reach it, and it knows one.
        raise VmdumpError(Code.SLACK_LOGIN, endpoint=api.url, cause="installed for a whole organisation")
    found = str(answer.get("team_id", ""))
    if found != settings.team_id:
        raise VmdumpError(Code.SLACK_WORKSPACE, expected=settings.team_id, found=found)
    if not answer.get("bot_id"):
        raise VmdumpError(Code.SLACK_LOGIN, endpoint=api.url, cause="not a bot token")
    return Identity(found, str(answer.get("user_id", "")), str(answer["bot_id"]))
