"""Comparing the thread with the journal that it is the copy of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.core.entry import Entry
from bot.messages.rendered import Rendered
from bot.slack.message import message
from bot.slack.slack_api import SlackApi

PAGE = 200


@dataclass(slots=True)
class Compared:
    """How many of the thread's messages say what the journal says."""

    same: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return f"thread: {self.same} messages are the same, {len(self.faults)} differ or are gone"


async def compare_thread(
    api: SlackApi,
    channel: str,
    thread: str,
    posted: dict[str, tuple[Entry, Rendered]],
) -> Compared:
    """``posted`` gives the entry and its text for the ts of each message. Raises a ``SlackFailure``.

    Only words are compared: Slack adds fields of its own to blocks.
    """
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        page = await api.read("conversations.replies", channel=channel, ts=thread, limit=PAGE, cursor=cursor)
        found.update({str(m["ts"]): m for m in page.get("messages") or []})
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            break
    compared = Compared()
    for ts, (entry, rendered) in posted.items():
        if ts not in found:
            compared.faults.append(f"the message of entry {entry.seq} ({entry.kind}) is gone from the thread")
        elif _words(found[ts]) != _words(message(rendered).arguments()):
            compared.faults.append(
                f"the message of entry {entry.seq} ({entry.kind}) differs from the journal"
            )
        else:
            compared.same += 1
    return compared


def _words(shown: dict[str, Any]) -> list[str]:
    sections = [b["text"]["text"] for b in shown.get("blocks") or [] if b.get("type") == "section"]
    return [str(shown.get("text", "")), *sections]
