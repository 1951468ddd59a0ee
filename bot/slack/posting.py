"""One message into a thread, and one to a person alone."""

from __future__ import annotations

import asyncio
from datetime import datetime
from urllib.parse import urlsplit

from bot.core.entry import Entry
from bot.ops.redaction import safe_logger
from bot.slack.message import Message
from bot.slack.own_message import metadata
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import RateLimited, Refused, SlackFailure
from bot.slack.slack_limits import RESPONSE_URL_SECONDS
from bot.store.outbox import Address

RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
FILE_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between attempts: a file cannot be shown for a moment after its upload (python-slack-sdk #1521)."""
_BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_many", "msg_blocks_too_long"}
)

log = safe_logger("vmdump.slack.posting")


async def post_to_thread(
    api: SlackApi,
    entry: Entry,
    *,
    channel: str,
    thread: str | None,
    copy: bool,
    with_picture: Message | None,
    plain: Message,
) -> str:
    """Posts once and returns the ts. Raises a ``SlackFailure``.

    What Slack refuses because of the picture or the blocks is posted without them.
    """

    async def post(message: Message) -> str:
        answer = await api.call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread,
            **message.arguments(),
            metadata=metadata(entry, copy=copy),
            mrkdwn=True,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    if with_picture is not None:
        for pause in (*FILE_PAUSES, None):
            try:
                return await post(with_picture)
            except Refused as failure:
                if failure.cause not in _BLOCKS_REFUSED:
                    raise
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("%s/%s is posted without its picture: Slack does not show it", entry.journal, entry.seq)
    try:
        return await post(plain)
    except Refused as failure:
        if failure.cause not in _BLOCKS_REFUSED:
            raise
        log.warning("%s/%s is posted as plain text: %s", entry.journal, entry.seq, failure.cause)
        return await post(plain.without_blocks())


async def post_to_person(
    api: SlackApi, address: Address, message: Message, *, at: datetime, now: datetime
) -> None:
    """Shows a message to one person: by response URL while that is good, else in the channel.

    Raises a ``SlackFailure`` if neither way works. After a lost answer the person may see it twice.
    """
    url = address.response_url
    if url is not None and (now - at).total_seconds() < RESPONSE_URL_SECONDS and is_response_url(api, url):
        try:
            await api.respond(
                url, {"response_type": "ephemeral", "replace_original": False, **_present(message)}
            )
        except RateLimited:
            raise
        except SlackFailure as failure:
            log.info("a response URL did not work: %s", failure.cause)
        else:
            return
    await api.call(
        "chat.postEphemeral",
        channel=address.channel,
        user=address.person,
        **message.arguments(),
        parse="none",
        link_names=False,
    )


def is_response_url(api: SlackApi, url: str) -> bool:
    """Whether it leads to Slack, or to the simulator that we are configured for."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "https" and parts.netloc in RESPONSE_HOSTS:
        return True
    return parts.scheme == urlsplit(api.url).scheme and parts.netloc == api.host


def _present(message: Message) -> dict[str, object]:
    return {name: value for name, value in message.arguments().items() if value is not None}
