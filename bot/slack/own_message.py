"""Finding out whether a message went out before its answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.core.entry import Entry
from bot.slack.login import Identity
from bot.slack.slack_api import SlackApi

EVENT_TYPE = "vmdump_entry"
CLOCKS_DIFFER = timedelta(minutes=5)
"""how far Slack's clock may be behind ours"""
PAGE = 200
PAGES = 20
"""a search ends there: a thread of 4,000 replies is none of ours"""


def metadata(entry: Entry) -> dict[str, Any]:
    """What marks a message as this entry's. Any app in the workspace can read it."""
    return {"event_type": EVENT_TYPE, "event_payload": {"journal": entry.journal, "seq": entry.seq}}


async def find_own(
    api: SlackApi, identity: Identity, entry: Entry, *, channel: str, thread: str | None
) -> str | None:
    """The ts of the entry's message: among the replies, or in the channel for one that begins a thread.

    Raises a ``SlackFailure``.
    """
    oldest = (entry.at - CLOCKS_DIFFER).timestamp()
    arguments = {
        "channel": channel,
        "ts": thread,
        "oldest": f"{oldest:.6f}",
        "limit": PAGE,
        "include_all_metadata": True,
    }
    method = "conversations.history" if thread is None else "conversations.replies"
    cursor: str | None = None
    for _ in range(PAGES):
        page = await api.read(method, **arguments, cursor=cursor)
        for found in page.get("messages") or []:
            if _is_ours(found, identity, entry):
                return str(found["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return None
    return None


def _is_ours(found: dict[str, Any], identity: Identity, entry: Entry) -> bool:
    mark = found.get("metadata") or {}
    return (
        found.get("bot_id") == identity.bot_id
        and mark.get("event_type") == EVENT_TYPE
        and mark.get("event_payload") == {"journal": entry.journal, "seq": entry.seq}
    )
