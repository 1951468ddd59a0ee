"""Finding out whether a message went out before its answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.core.entry import Entry
from bot.slack.login import Identity
from bot.slack.slack_api import SlackApi

EVENT_TYPE, COPY_TYPE = "vmdump_entry", "vmdump_copy"
"""told apart since the auditors may read in the channel in which the thread is"""
CLOCKS_DIFFER = timedelta(minutes=5)
"""how far Slack's clock may be behind ours"""
PAGE = 200
PAGES = 20
"""a search ends there: a thread of 4,000 replies is none of ours"""


def metadata(entry: Entry, *, copy: bool = False) -> dict[str, Any]:
    """What marks a message as this entry's. Any app in the workspace can read it."""
    return {
        "event_type": COPY_TYPE if copy else EVENT_TYPE,
        "event_payload": {"journal": entry.journal, "seq": entry.seq},
    }


async def find_own(
    api: SlackApi, identity: Identity, entry: Entry, *, channel: str, thread: str | None, copy: bool = False
) -> str | None:
    """The ts of its message: among the replies, or in the channel for a copy and for what begins a thread.

    Raises a ``SlackFailure``.
    """
    wanted = metadata(entry, copy=copy)
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
            if _is_ours(found, identity, wanted):
                return str(found["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return None
    return None


def _is_ours(found: dict[str, Any], identity: Identity, wanted: dict[str, Any]) -> bool:
    mark = found.get("metadata") or {}
    return found.get("bot_id") == identity.bot_id and {name: mark.get(name) for name in wanted} == wanted
