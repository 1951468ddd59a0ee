"""The database and Slack: all that it takes to read records, without vCenters, hosts and the engine."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.core.entry import Shows
from bot.core.errors import Code, VmdumpError
from bot.core.request import Request
from bot.messages.record import record_json, record_markdown
from bot.messages.render import render
from bot.requests.records import Format
from bot.settings.model import Settings
from bot.slack.login import log_in
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import SlackFailure
from bot.slack.slack_settings import Mode, SlackSettings
from bot.slack.thread_check import Compared, compare_thread
from bot.store.database import Database
from bot.store.engines import Password
from bot.store.instance_lock import alone_on
from bot.store.reading import Reader


def database_password(settings: Settings) -> Password | None:
    """Read at each new connection; None where the database asks for none."""
    return None if settings.database_password is None else settings.database_password.read


@asynccontextmanager
async def open_database(settings: Settings, *, alone: bool) -> AsyncIterator[Database]:
    """The database; with ``alone``, no other process writes it meanwhile. Raises ``VmdumpError``."""
    url, password = settings.database.url, database_password(settings)
    async with AsyncExitStack() as stack:
        if alone:
            await stack.enter_async_context(alone_on(url, password))
        database = Database(url, password)
        stack.push_async_callback(database.close)
        await database.open(alone=alone)
        yield database


def slack_settings(settings: Settings) -> SlackSettings:
    slack = settings.slack
    return SlackSettings(
        team_id=slack.team_id,
        app_id=slack.app_id,
        bot_token=slack.bot_token.read,
        mode=Mode(slack.mode),
        app_token=None if slack.app_token is None else slack.app_token.read,
        signing_secret=None if slack.signing_secret is None else slack.signing_secret.read,
        api_url=slack.api_url,
        listen_host=slack.listen.host if slack.listen else "127.0.0.1",
        listen_port=slack.listen.port if slack.listen else 0,
        language=settings.language,
    )


def record_formats(settings: Settings) -> dict[str, Format]:
    return {
        "md": functools.partial(record_markdown, language=settings.language),
        "json": record_json,
    }


async def check_thread(settings: Settings, reader: Reader, request: Request) -> Compared:
    """Compares a request's thread with its journal. Raises ``VmdumpError``."""
    slack = slack_settings(settings)
    try:
        shown = {e.seq: e for e in await reader.journal(request.id) if e.event.shows is Shows.THREAD}
        texts = {seq: render(entry, settings.language) for seq, entry in shown.items()}
    except (KeyError, ValueError) as error:
        raise VmdumpError(
            Code.JOURNAL_BROKEN, journal=request.id, cause="an entry of it cannot be read"
        ) from error
    posts = await reader.posts(request.id)
    posted = {ts: (shown[seq], texts[seq]) for seq, ts in posts.items() if seq in shown}
    async with SlackApi(slack.api_url, slack.bot_token, timeout=settings.timeouts.slack) as api:
        await log_in(api, slack)
        try:
            compared = await compare_thread(api, request.channel, request.thread or "", posted)
        except SlackFailure as failure:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=api.url, cause=failure.cause) from failure
    compared.faults += [
        f"entry {entry.seq} ({entry.kind}) is not known to have reached the thread"
        for seq, entry in shown.items()
        if seq not in posts
    ]
    compared.faults += [
        f"a message of entry {seq} was posted, but there is no such entry"
        for seq in posts
        if seq not in shown
    ]
    return compared
